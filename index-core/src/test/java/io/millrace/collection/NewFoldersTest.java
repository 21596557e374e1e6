package io.millrace.collection;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.frame.Disk;
import io.millrace.frame.RealDisk;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A power cut must not take the folder of a collection that was acknowledged, so its name is
/// forced in the folder above.
class NewFoldersTest {
  @TempDir Path folder;
  private final List<String> calls = new CopyOnWriteArrayList<>();

  @Test
  void the_names_of_all_folders_of_a_new_collection_are_forced() throws IOException {
    Path data = folder.resolve("data");
    try (Collections store = Collections.open(data, StoreSettings.defaults(), false, recording())) {
      store.create("c", CollectionConfig.unnamed(2, Distance.DOT));

      Path collection = data.resolve("collections").resolve("1");
      for (Path made :
          List.of(collection, collection.resolve("index"), collection.resolve("log"))) {
        assertThat(made).isDirectory();
        assertThat(calls)
            .as("%s is made, then the folder above is forced", made)
            .containsSubsequence("makeFolder " + made, "forceFolder " + made.getParent());
        if (Files.getFileStore(made).supportsFileAttributeView("posix")) {
          assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
              .isEqualTo("rwx------");
        }
      }
    }
  }

  private Disk recording() {
    var real = new RealDisk();
    return (Disk)
        Proxy.newProxyInstance(
            Disk.class.getClassLoader(),
            new Class<?>[] {Disk.class},
            (proxy, method, arguments) -> record(real, proxy, method, arguments));
  }

  private Object record(Disk real, Object proxy, Method method, Object[] arguments)
      throws Throwable {
    if (method.isDefault()) {
      return InvocationHandler.invokeDefault(proxy, method, arguments);
    }
    if (arguments != null && arguments.length == 1) {
      calls.add(method.getName() + " " + arguments[0]);
    }
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
