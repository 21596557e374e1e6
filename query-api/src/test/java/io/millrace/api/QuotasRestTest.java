package io.millrace.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Quotas over REST. No volume is less than 1 % full, so that this limit refuses everything.
class QuotasRestTest {
  private static final String C = "/collections/c";
  private static final String P = C + "/points";
  private static final String FULL = "{'enabled':true,'max_disk_usage_percent':1}";
  private static final String REFUSED = "507 Insufficient storage: Disk usage is at ";

  @TempDir Path folder;
  private Server server;

  @BeforeEach
  void start() {
    server = Server.over(folder);
    server.put(C, "{'vectors':{'size':1,'distance':'Dot'}}").result();
    server
        .put(
            P + "?wait=true",
            "{'points':[{'id':1,'vector':[1],'payload':{'a':1}},{'id':2,'vector':[2]}]}")
        .result();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private String config() {
    return server.get("/quotas").result().path("config").toString();
  }

  @Test
  void a_configuration_is_replaced_as_a_whole_and_outlives_a_restart() {
    assertThat(config()).isEqualTo("{\"enabled\":false}");
    server
        .put(
            "/quotas?wait=true",
            "{'enabled':true,'max_resident_memory_percent':100,'max_disk_usage_percent':100,"
                + "'release_margin_percent':0}")
        .result();
    assertThat(config())
        .isEqualTo(
            "{\"enabled\":true,\"max_resident_memory_percent\":100,"
                + "\"max_disk_usage_percent\":100,\"release_margin_percent\":0}");

    server.put("/quotas", "{'max_disk_usage_percent':99,'release_margin_percent':null}").result();
    server.close();
    server = Server.over(folder);
    assertThat(config()).isEqualTo("{\"enabled\":false,\"max_disk_usage_percent\":99}");
  }

  @Test
  void usage_is_measured_whether_there_are_limits_or_not() {
    JsonNode usage = server.get("/quotas").result().path("usage");
    assertThat(usage.propertyNames())
        .containsExactly("resident_memory_percent", "disk_usage_percent");
    assertThat(usage.path("disk_usage_percent").intValue()).isBetween(1, 100);
  }

  @Test
  void a_configuration_out_of_range_is_refused_and_changes_nothing() {
    String range = "value 0 invalid, must be from 1 to 100";
    assertThat(
            server
                .put(
                    "/quotas",
                    "{'enabled':true,'max_resident_memory_percent':0,'max_disk_usage_percent':0,"
                        + "'release_margin_percent':101}")
                .error())
        .isEqualTo(
            "422 Validation error in JSON body: [max_resident_memory_percent: "
                + range
                + "; max_disk_usage_percent: "
                + range
                + "; release_margin_percent: value 101 invalid, must be from 0 to 100]");
    assertThat(server.put("/quotas", "{'max_disk_usage_percent':256}").error())
        .isEqualTo("400 Format error in JSON body: invalid value: integer `256`, expected u8");
    assertThat(server.put("/quotas", "{'enabled':1}").error())
        .startsWith("400 Format error in JSON body: invalid type: integer `1`, expected a boolean");
    assertThat(server.put("/quotas?wait=maybe", "{}").error())
        .startsWith("400 Deserialize error in query parameters");
    assertThat(config()).isEqualTo("{\"enabled\":false}");
  }

  @Test
  void what_adds_data_is_refused_with_507_while_a_limit_is_reached() {
    server.put("/quotas", FULL).result();

    String point = "{'points':[{'id':3,'vector':[3]}]}";
    assertThat(server.put(P, point).error())
        .startsWith(REFUSED)
        .endsWith("or raise `max_disk_usage_percent` in the global quota config.");
    assertThat(server.get("/metrics").text())
        .contains("millrace_write_errors_total{collection=\"c\",reason=\"storage_full\"} 1\n");
    assertThat(server.put(P + "?wait=true", point).error()).startsWith(REFUSED);
    assertThat(server.put(P + "/vectors", point).error()).startsWith(REFUSED);
    String payload = "{'payload':{'a':2},'points':[1]}";
    assertThat(server.post(P + "/payload", payload).error()).startsWith(REFUSED);
    assertThat(server.put(P + "/payload", payload).error()).startsWith(REFUSED);
    assertThat(server.post(P + "/batch", "{'operations':[{'upsert':" + point + "}]}").error())
        .startsWith(REFUSED);
    assertThat(server.put(C + "/index", "{'field_name':'a','field_schema':'integer'}").error())
        .startsWith(REFUSED);
    assertThat(server.put(C + "/index", "{'field_name':'a'}").error()).startsWith(REFUSED);
    assertThat(server.put("/collections/d", "{'vectors':{'size':1,'distance':'Dot'}}").error())
        .startsWith(REFUSED);
    assertThat(server.put(C, "{'vectors':{'size':1,'distance':'Dot'}}").status()).isEqualTo(409);
  }

  @Test
  void reads_and_what_frees_room_go_on_and_writes_are_taken_once_the_quota_is_off() {
    server.put("/quotas", FULL).result();

    assertThat(server.post(P + "/count", "{}").result().path("count").intValue()).isEqualTo(2);
    server.post(P + "/query", "{'query':[1]}").result();
    server.post(P + "/payload/delete?wait=true", "{'keys':['a'],'points':[1]}").result();
    server.post(P + "/payload/clear?wait=true", "{'points':[1]}").result();
    server.post(P + "/vectors/delete?wait=true", "{'points':[1],'vector':['']}").result();
    server.post(P + "/delete?wait=true", "{'points':[1]}").result();
    server.delete(C + "/index/a?wait=true").result();
    server.patch(C, "{'metadata':{'a':1}}").result();

    server.put("/quotas", "{'enabled':false,'max_disk_usage_percent':1}").result();
    server.put(P + "?wait=true", "{'points':[{'id':3,'vector':[3]}]}").result();
    server.put("/quotas", FULL).result();
    assertThat(server.delete(C).result().booleanValue()).isTrue();
  }

  @Test
  void telemetry_and_metrics_say_what_is_refused_and_nothing_of_what_cannot_be() {
    assertThat(server.get("/telemetry").result().path("quota").toString())
        .isEqualTo(
            "{\"config\":{\"enabled\":false},"
                + "\"exceeded\":{\"resident_memory\":null,\"disk_usage\":null}}");
    assertThat(server.get("/metrics").text()).doesNotContain("quota_exceeded{");
    server.put("/quotas", FULL).result();
    assertThat(server.get("/telemetry").result().path("quota").toString())
        .isEqualTo(
            "{\"config\":{\"enabled\":true,\"max_disk_usage_percent\":1},"
                + "\"exceeded\":{\"resident_memory\":null,\"disk_usage\":true}}");
    assertThat(server.get("/metrics").text())
        .contains("\nquota_exceeded{resource=\"disk_usage\"} 1\n")
        .contains("\nmillrace_read_only{collection=\"c\",reason=\"quota\"} 1\n")
        .doesNotContain("resource=\"resident_memory\"");
  }
}
