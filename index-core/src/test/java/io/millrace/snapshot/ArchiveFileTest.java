package io.millrace.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.catalog.CollectionFact;
import io.millrace.frame.RealDisk;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Archives that somebody made to do harm, and those that nobody meant to be damaged.
@Tag("R-50")
class ArchiveFileTest {
  private static final byte[] CONTENT = "content".getBytes(StandardCharsets.US_ASCII);

  @TempDir Path folder;

  private static Manifest manifest(String... names) {
    List<Manifest.Part> parts = new ArrayList<>();
    MessageDigest sha = Archive.sha256();
    sha.update(CONTENT);
    String hex = Archive.hex(sha);
    for (String name : names) {
      parts.add(new Manifest.Part(name, CONTENT.length, hex));
    }
    return new Manifest(
        new CollectionFact(3, "c", CollectionConfig.unnamed(2, Distance.DOT), 5),
        "ab",
        1_700_000_000_000L,
        7,
        1,
        List.of("a"),
        List.of(new Manifest.At("s", 1, "t/0", 9, -1)),
        parts);
  }

  private static byte[] archive(String... names) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Archive.write(manifest(names).encode(), part -> new ByteArrayInputStream(CONTENT), out);
    return out.toByteArray();
  }

  private void refused(byte[] archive, String why) throws IOException {
    Path file = Files.write(folder.resolve("bad.snapshot"), archive);
    Path target = folder.resolve("a").resolve("b").resolve("target");
    assertThatThrownBy(
            () -> {
              try (ArchiveFile opened = ArchiveFile.open(new RealDisk(), file, "s")) {
                opened.extract(target, _ -> {});
              }
            })
        .isInstanceOf(BadInput.class)
        .hasMessageContaining(why);
    try (Stream<Path> left = Files.walk(folder)) {
      assertThat(left.filter(Files::isRegularFile).filter(f -> !f.startsWith(target)))
          .containsExactly(file);
    }
  }

  @Test
  void a_manifest_comes_back_as_it_was() throws IOException {
    Manifest made = manifest("index/_0.fnm", "versions/segments_1");
    assertThat(Manifest.decode(made.encode())).isEqualTo(made);

    Path file = Files.write(folder.resolve("x.snapshot"), archive("index/_0.fnm"));
    try (ArchiveFile opened = ArchiveFile.open(new RealDisk(), file, "s")) {
      AtomicLong copied = new AtomicLong();
      opened.extract(folder.resolve("out"), copied::addAndGet);
      assertThat(copied)
          .hasValue(opened.manifest().files().stream().mapToLong(Manifest.Part::bytes).sum());
    }
    assertThat(folder.resolve("out/index/_0.fnm")).hasBinaryContent(CONTENT);
  }

  @Test
  void no_name_leads_out_of_the_folder() throws IOException {
    for (String name :
        List.of(
            "index/../../x",
            "../x",
            "/etc/x",
            "index/a/b",
            "index/.x",
            "index/..",
            "index/",
            "index",
            "other/x",
            "index/a b",
            "index/a\\b",
            "index/a\nb")) {
      refused(archive(name), "");
    }
  }

  @Test
  void links_and_devices_are_no_files() throws IOException {
    for (char type : new char[] {'1', '2', '3', '4', '5', '6', 'L', 'x'}) {
      byte[] bad = archive("index/_0.fnm");
      bad[1024 + 156] = (byte) type;
      sum(bad, 1024);
      refused(bad, "an entry is no plain file");
    }
  }

  private static void sum(byte[] archive, int header) {
    int sum = 0;
    for (int i = 0; i < Tar.BLOCK; i++) {
      sum += i >= 148 && i < 156 ? ' ' : archive[header + i] & 0xFF;
    }
    byte[] text = "%06o".formatted(sum).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, archive, header + 148, 6);
  }

  @Test
  void what_the_manifest_does_not_name_is_refused() throws IOException {
    refused(archive("index/a", "index/a"), "an entry is there twice");
    byte[] renamed = archive("index/a", "index/b");
    renamed[1024 + 6] = 'z';
    sum(renamed, 1024);
    refused(renamed, "missing or has another size");
  }

  @Test
  void a_size_that_is_not_there_is_refused_at_once() throws IOException {
    byte[] bad = archive("index/a");
    byte[] huge = Tar.header("index/a", 1L << 50, 0);
    System.arraycopy(huge, 0, bad, 1024, Tar.BLOCK);
    refused(bad, "in the middle");
  }

  @Test
  void a_newer_format_is_named() throws IOException {
    String text = new String(manifest("index/a").encode(), StandardCharsets.UTF_8);
    byte[] newer = text.replace("\"format\":1", "\"format\":9").getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> Manifest.decode(newer))
        .hasMessageContaining("format version 9")
        .hasMessageContaining("up to 1");
  }

  @Test
  void a_header_has_the_bytes_of_its_table() {
    byte[] header = Tar.header("FORMAT", 20, 1_700_000_000L);
    assertThat(new String(header, 0, 6, StandardCharsets.US_ASCII)).isEqualTo("FORMAT");
    assertThat(new String(header, 100, 7, StandardCharsets.US_ASCII)).isEqualTo("0000600");
    assertThat(new String(header, 124, 11, StandardCharsets.US_ASCII)).isEqualTo("00000000024");
    assertThat(new String(header, 136, 11, StandardCharsets.US_ASCII)).isEqualTo("14524770400");
    assertThat(new String(header, 257, 8, StandardCharsets.US_ASCII)).isEqualTo("ustar\00000");
    for (long size : new long[] {0, 1, (1L << 33) - 1, 1L << 33, 1L << 40, Long.MAX_VALUE}) {
      assertThat(Tar.entry(Tar.header("index/a", size, 0)))
          .isEqualTo(Optional.of(new Tar.Entry("index/a", size)));
    }
    assertThat(Tar.entry(new byte[Tar.BLOCK])).isEmpty();
  }
}
