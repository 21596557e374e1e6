package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.app.command.CommandLineFactory;
import io.millrace.app.config.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import picocli.CommandLine;

/// House rules of what we ship for containers, clusters and machines. Schemas are checked by
/// scripts/lint-ops where the validators are there.
class DeploymentTest {
  private static final Path ROOT = ProjectFiles.root();

  @Test
  void the_image_runs_as_a_number_that_is_not_root_by_an_exec_form_entry_with_a_health_check() {
    String file = text("Dockerfile");

    assertThat(file)
        .contains("USER 10001:10001")
        .contains("ENTRYPOINT [\"/opt/millrace/bin/millrace\"]")
        .contains("CMD [\"/opt/millrace/bin/millrace\", \"health\"]")
        .contains("org.opencontainers.image.title", "org.opencontainers.image.revision")
        .contains("STOPSIGNAL SIGTERM");
    assertThat(file.lines().filter(line -> line.startsWith("FROM ")))
        .as("stages with a tag, no fixed platform")
        .hasSize(2)
        .allMatch(line -> line.contains(":") && !line.contains("latest"))
        .noneMatch(line -> line.contains("--platform"));
    assertThat(file).doesNotContain("curl ", "amd64", "x86_64", "ADD ");
  }

  /// The build of the image sees nothing but what `.dockerignore` lets through.
  @Test
  void the_image_tells_what_it_is_made_of() {
    assertThat(text("Dockerfile"))
        .contains("scripts/bill dist/millrace >dist/millrace.cdx.json")
        .containsPattern("COPY --from=build .* /src/dist/millrace.cdx.json /usr/share/doc/");
    assertThat(text(".dockerignore").lines())
        .as("what scripts/bill reads")
        .contains("!scripts", "!pom.xml", "!packaging/licenses.tsv");
  }

  @Test
  void compose_gates_each_service_by_the_health_of_the_one_before() {
    Map<String, ?> services = map(yaml("docker-compose.yml").getFirst().get("services"));

    assertThat(services.keySet())
        .containsExactlyInAnyOrder("kafka", "topics", "millrace", "prometheus", "grafana");
    services.forEach((name, value) -> {
      Map<String, ?> service = map(value);
      map(service.get("depends_on"))
          .forEach((other, how) -> {
            String condition = String.valueOf(map(how).get("condition"));
            boolean ends = map(services.get(other)).get("restart").equals("no");
            assertThat(condition)
                .as(name + " on " + other)
                .isEqualTo(ends ? "service_completed_successfully" : "service_healthy");
            assertThat(
                    ends
                        || other.equals("millrace")
                        || map(services.get(other)).containsKey("healthcheck"))
                .as(other + " can be healthy")
                .isTrue();
          });
      for (Object port : list(service.get("ports"))) {
        assertThat(port.toString()).as(name).startsWith("127.0.0.1:");
      }
      String image = String.valueOf(service.get("image"));
      assertThat(image).as(name).contains(":").doesNotEndWith(":latest");
    });
    Map<String, ?> millrace = map(services.get("millrace"));
    assertThat(millrace.get("read_only")).isEqualTo(true);
    assertThat(list(millrace.get("cap_drop")).toString()).isEqualTo("[ALL]");
  }

  @Test
  void compose_starts_the_server_alone_and_by_profiles_what_stands_beside_it() {
    Map<String, ?> services = map(yaml("docker-compose.yml").getFirst().get("services"));
    var byProfile = new TreeMap<String, Set<String>>();
    services.forEach((name, value) -> {
      List<?> profiles = list(map(value).get("profiles"));
      String profile = profiles.isEmpty() ? "" : profiles.toString();
      byProfile.computeIfAbsent(profile, none -> new TreeSet<>()).add(name);
      map(map(value).get("depends_on"))
          .forEach((other, how) -> {
            List<?> others = list(map(services.get(other)).get("profiles"));
            boolean maybeAbsent = !others.isEmpty() && !others.equals(profiles);
            assertThat(map(how).get("required"))
                .as(name + " waits for " + other + " only where that is there")
                .isEqualTo(maybeAbsent ? false : null);
          });
    });
    assertThat(byProfile)
        .isEqualTo(
            Map.of(
                "", Set.of("millrace"),
                "[kafka]", Set.of("kafka", "topics"),
                "[monitoring]", Set.of("prometheus", "grafana")));
  }

  @Test
  void the_files_that_compose_mounts_exist() {
    map(yaml("docker-compose.yml").getFirst().get("services"))
        .forEach((name, service) -> {
          for (Object volume : list(map(service).get("volumes"))) {
            String from = volume.toString().split(":", 2)[0];
            if (from.startsWith(".")) {
              assertThat(ROOT.resolve(from)).as(name).exists();
            }
          }
        });
  }

  @Test
  void every_pod_of_the_manifests_passes_the_restricted_standard_and_has_bounds()
      throws IOException {
    var pods = new ArrayList<String>();
    for (Path file : manifests()) {
      for (Map<String, ?> document : yaml(ROOT.relativize(file).toString())) {
        podSpec(document)
            .ifPresent(pod -> {
              String at = file.getFileName() + " " + map(document.get("metadata")).get("name");
              pods.add(at);
              checkPod(at, pod, document.get("kind").equals("StatefulSet"));
            });
      }
    }
    assertThat(pods).hasSizeGreaterThanOrEqualTo(5);
  }

  /// Applied again, a Secret would take the keys that an operator has set.
  @Test
  void no_manifest_brings_keys_of_its_own() throws IOException {
    for (Path file : manifests()) {
      for (Map<String, ?> document : yaml(ROOT.relativize(file).toString())) {
        assertThat(document.get("kind")).as(file.toString()).isNotEqualTo("Secret");
        assertThat(document.get("secretGenerator")).as(file.toString()).isNull();
      }
    }
  }

  private static void checkPod(String at, Map<String, ?> pod, boolean serves) {
    Map<String, ?> security = map(pod.get("securityContext"));
    assertThat(security.get("runAsNonRoot")).as(at).isEqualTo(true);
    assertThat(map(security.get("seccompProfile")).get("type")).as(at).isEqualTo("RuntimeDefault");
    assertThat(pod.get("automountServiceAccountToken")).as(at).isEqualTo(false);
    assertThat(pod.get("hostNetwork")).as(at).isNull();
    for (Object each : list(pod.get("containers"))) {
      Map<String, ?> container = map(each);
      String name = at + " " + container.get("name");
      Map<String, ?> own = map(container.get("securityContext"));
      assertThat(own.get("allowPrivilegeEscalation")).as(name).isEqualTo(false);
      assertThat(list(map(own.get("capabilities")).get("drop")).toString())
          .as(name)
          .isEqualTo("[ALL]");
      assertThat(map(map(container.get("resources")).get("requests")))
          .as(name)
          .containsKeys("cpu", "memory");
      assertThat(map(map(container.get("resources")).get("limits"))).as(name).containsKey("memory");
      if (serves) {
        assertThat(container.keySet().stream().map(Object::toString).toList())
            .as(name)
            .contains("startupProbe", "livenessProbe", "readinessProbe");
      }
      if (container.get("image").equals("millrace")) {
        assertThat(own.get("readOnlyRootFilesystem")).as(name).isEqualTo(true);
        checkFlags(name, list(container.get("args")).stream().map(Object::toString).toList());
      }
    }
  }

  /// A flag that the program does not know would be found at the first start, in a cluster.
  private static void checkFlags(String at, List<String> arguments) {
    CommandLine command =
        CommandLineFactory.create((shape, settings) -> {
          throw new IllegalStateException();
        });
    int i = 0;
    while (i < arguments.size() && command.getSubcommands().containsKey(arguments.get(i))) {
      command = command.getSubcommands().get(arguments.get(i++));
    }
    assertThat(i).as(at + ": a command is named by " + arguments).isPositive();
    Set<String> known = new HashSet<>();
    command.getCommandSpec().options().forEach(option -> known.addAll(List.of(option.names())));
    for (; i < arguments.size(); i++) {
      if (arguments.get(i).startsWith("-")) {
        assertThat(known).as(at).contains(arguments.get(i));
      }
    }
  }

  @Test
  void selectors_find_pods_and_ports_are_named_by_a_container() throws IOException {
    Map<String, ?> set = find("k8s/base/statefulset.yaml", "StatefulSet");
    Map<String, ?> template = map(map(set.get("spec")).get("template"));
    Map<String, String> labels = texts(map(template.get("metadata")).get("labels"));
    Set<String> ports = new HashSet<>();
    for (Object container : list(map(template.get("spec")).get("containers"))) {
      for (Object port : list(map(container).get("ports"))) {
        ports.add(String.valueOf(map(port).get("name")));
      }
    }

    for (Map<String, ?> service : yaml("k8s/base/services.yaml")) {
      Map<String, ?> spec = map(service.get("spec"));
      assertThat(labels).containsAllEntriesOf(texts(spec.get("selector")));
      for (Object port : list(spec.get("ports"))) {
        assertThat(ports).contains(String.valueOf(map(port).get("targetPort")));
      }
    }
    assertThat(labels)
        .containsAllEntriesOf(
            texts(
                map(map(find("k8s/base/networkpolicy.yaml", "NetworkPolicy").get("spec"))
                        .get("podSelector"))
                    .get("matchLabels")));
    Map<String, ?> policy = map(find("k8s/base/networkpolicy.yaml", "NetworkPolicy").get("spec"));
    assertThat(policy).containsKeys("ingress", "egress");
    for (Object rule : list(policy.get("ingress"))) {
      for (Object port : list(map(rule).get("ports"))) {
        assertThat(ports).contains(String.valueOf(map(port).get("port")));
      }
    }
  }

  /// gRPC is not served: a port for it would be one that refuses every connection.
  @Test
  void no_port_is_opened_on_which_nothing_listens() throws IOException {
    assertThat(text("Dockerfile")).containsPattern("(?m)^EXPOSE 6333$");
    for (Path file : manifests()) {
      assertThat(text(ROOT.relativize(file).toString()))
          .as(file.toString())
          .doesNotContainIgnoringCase("grpc", "6334");
    }
    assertThat(text("docker-compose.yml")).doesNotContainIgnoringCase("grpc", "6334");
  }

  @Test
  void the_job_that_restores_mounts_the_claim_of_the_server_s_snapshots() {
    Map<String, ?> set = find("k8s/base/statefulset.yaml", "StatefulSet");
    var claims = new ArrayList<String>();
    for (Object template : list(map(set.get("spec")).get("volumeClaimTemplates"))) {
      claims.add(
          map(map(template).get("metadata")).get("name")
              + "-"
              + map(set.get("metadata")).get("name")
              + "-0");
    }
    Map<String, ?> pod = podSpec(find("k8s/components/restore/job.yaml", "Job")).orElseThrow();
    Map<String, ?> volume = map(list(pod.get("volumes")).getFirst());
    assertThat(claims)
        .contains(String.valueOf(map(volume.get("persistentVolumeClaim")).get("claimName")));
  }

  @Test
  void the_ways_out_of_the_component_are_of_the_pods_of_the_base() {
    Map<String, ?> more =
        map(find("k8s/components/egress/networkpolicy.yaml", "NetworkPolicy").get("spec"));
    assertThat(more.get("podSelector"))
        .isEqualTo(
            map(find("k8s/base/networkpolicy.yaml", "NetworkPolicy").get("spec"))
                .get("podSelector"));
    assertThat(list(more.get("policyTypes")).toString())
        .as("says nothing of who may come in")
        .isEqualTo("[Egress]");
    for (Object rule : list(more.get("egress"))) {
      assertThat(map(rule).keySet()).as("where to, by which ports").contains("to", "ports");
    }
  }

  @Test
  void the_configurations_that_are_shipped_are_taken_by_the_server() throws Exception {
    for (String file :
        List.of("docker/millrace.yaml", "k8s/base/millrace.yaml", "packaging/etc/millrace.yaml")) {
      Configuration read = Configuration.read(Optional.of(ROOT.resolve(file)), Map.of(), List.of());
      assertThat(read.warnings()).as(file).isEmpty();
    }
  }

  @Test
  void variables_of_our_own_that_are_set_anywhere_are_keys() throws Exception {
    Pattern name = Pattern.compile("MILLRACE__[A-Z_]+");
    var found = new HashSet<String>();
    var files = new ArrayList<>(manifests());
    files.add(ROOT.resolve("Dockerfile"));
    files.add(ROOT.resolve("docker-compose.yml"));
    files.add(ROOT.resolve("packaging/systemd/millrace.service"));
    for (Path file : files) {
      Matcher matcher = name.matcher(Files.readString(file));
      while (matcher.find()) {
        found.add(matcher.group());
      }
    }
    assertThat(found).hasSizeGreaterThan(4);
    String reference = text("config/millrace.yaml");
    for (String variable : found) {
      String path = variable.substring("MILLRACE__".length()).toLowerCase(java.util.Locale.ROOT);
      String last = path.substring(path.lastIndexOf("__") + (path.contains("__") ? 2 : 1));
      last = last.endsWith("_file") ? last.substring(0, last.length() - "_file".length()) : last;
      assertThat(reference).as(variable).contains(last + ":");
    }
  }

  @Test
  void the_service_of_systemd_starts_what_the_package_installs() {
    String unit = text("packaging/systemd/millrace.service");

    assertThat(unit)
        .contains(
            "Type=notify",
            "NotifyAccess=main",
            "WatchdogSec=",
            "Restart=on-failure",
            "ExecStart=/opt/millrace/bin/millrace serve",
            "ExecReload=/bin/sh -c 'kill -HUP $MAINPID'",
            "ProtectSystem=strict",
            "NoNewPrivileges=yes",
            "StateDirectory=millrace",
            "LimitNOFILE=");
    assertThat(unit).as("code is made at run time").doesNotContain("MemoryDenyWriteExecute=yes");
  }

  private static Optional<Map<String, ?>> podSpec(Map<String, ?> document) {
    Map<String, ?> spec = map(document.get("spec"));
    return switch (String.valueOf(document.get("kind"))) {
      case "StatefulSet" ->
          // A patch of an overlay names what it changes only.
          spec.containsKey("selector")
              ? Optional.of(map(map(spec.get("template")).get("spec")))
              : Optional.empty();
      case "Job" -> Optional.of(map(map(spec.get("template")).get("spec")));
      case "CronJob" ->
          Optional.of(
              map(map(map(map(spec.get("jobTemplate")).get("spec")).get("template")).get("spec")));
      default -> Optional.empty();
    };
  }

  private static List<Path> manifests() throws IOException {
    try (var files = Files.walk(ROOT.resolve("k8s"))) {
      return files
          .filter(file -> file.toString().endsWith(".yaml"))
          .filter(file -> !file.endsWith("base/millrace.yaml"))
          .sorted()
          .toList();
    }
  }

  private static Map<String, ?> find(String file, String kind) {
    return yaml(file).stream().filter(d -> kind.equals(d.get("kind"))).findFirst().orElseThrow();
  }

  private static List<Map<String, ?>> yaml(String file) {
    var documents = new ArrayList<Map<String, ?>>();
    for (Object document : new Load(LoadSettings.builder().build()).loadAllFromString(text(file))) {
      documents.add(map(document));
    }
    return documents;
  }

  private static Map<String, String> texts(Object value) {
    var texts = new java.util.HashMap<String, String>();
    map(value).forEach((k, v) -> texts.put(k, String.valueOf(v)));
    return texts;
  }

  @SuppressWarnings("unchecked") // mappings of YAML have text keys here
  private static Map<String, Object> map(Object value) {
    return value instanceof Map<?, ?> m ? (Map<String, Object>) m : Map.of();
  }

  private static List<?> list(Object value) {
    return value instanceof List<?> l ? l : List.of();
  }

  private static String text(String file) {
    return ProjectFiles.text(ROOT.resolve(file));
  }
}
