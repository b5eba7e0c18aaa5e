package io.millrace.ops.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.millrace.ops.metrics.Meter;
import io.millrace.ops.metrics.Meters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dashboards and alerts name meters that there are; each alert is tested and explained. */
class ObservabilityTest {
  private static final Path DEPLOY = Path.of("deploy");
  private static final Path RULES = DEPLOY.resolve("prometheus/rules/millrace.yml");
  private static final Path RULE_TESTS = DEPLOY.resolve("prometheus/tests/millrace_test.yml");
  private static final Pattern METER =
      Pattern.compile("\\b(?:millrace|jvm|process|system|kafka)_[a-z0-9_]+");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final YAMLMapper YAML = new YAMLMapper();

  private static final ByteArrayDeserializer BYTES = new ByteArrayDeserializer();

  @TempDir Path folder;

  @Test
  void nameOnlyCatalogedMeters() throws IOException {
    Set<String> named = new TreeSet<>();
    for (String expression : expressions()) {
      METER.matcher(expression).results().forEach(m -> named.add(m.group()));
    }
    assertThat(named).hasSizeGreaterThan(60);
    assertThat(known()).containsAll(named);
  }

  @Test
  void showEveryCatalogedMeterSomewhere() throws IOException {
    String all = String.join("\n", expressions());
    for (Meter meter : Meter.values()) {
      assertThat(meter.prometheusNames())
          .as("%s is on a dashboard or in an alert", meter)
          .anyMatch(name -> Pattern.compile("\\b" + name + "\\b").matcher(all).find());
    }
  }

  @Test
  void dashboardsHaveStableNamesAndOneSource() throws IOException {
    JsonNode source =
        YAML.readTree(DEPLOY.resolve("grafana/provisioning/datasources/prometheus.yaml").toFile())
            .path("datasources")
            .path(0);
    var uids = new TreeSet<String>();
    for (JsonNode dashboard : Dashboards.all()) {
      uids.add(dashboard.path("uid").asText());
      JsonNode variables = dashboard.path("templating").path("list");
      assertThat(variables.findValuesAsText("name")).containsExactly("datasource", "instance");
      assertThat(variables.path(0).path("current").path("value")).isEqualTo(source.path("uid"));
      assertThat(dashboard.path("panels")).isNotEmpty();
      var ids = new TreeSet<Integer>();
      var titles = new TreeSet<String>();
      for (JsonNode panel : dashboard.path("panels")) {
        assertThat(ids.add(panel.path("id").asInt())).as("panel ids of %s", uids).isTrue();
        JsonNode at = panel.path("gridPos");
        assertThat(at.path("x").asInt() + at.path("w").asInt()).isLessThanOrEqualTo(24);
        String title = panel.path("title").asText();
        if (!panel.path("type").asText().equals("row")) {
          assertThat(titles.add(title)).as("two panels '%s'", title).isTrue();
          assertThat(panel.path("fieldConfig").path("defaults").path("unit").asText())
              .as("unit of '%s'", title)
              .isNotBlank();
          assertThat(panel.path("datasource").path("uid").asText()).isEqualTo("${datasource}");
          for (JsonNode target : panel.path("targets")) {
            assertThat(target.path("expr").asText())
                .as("'%s' is of the chosen processes", title)
                .containsAnyOf("{instance=~\"$instance\"", "ALERTS{");
          }
        }
      }
    }
    assertThat(uids)
        .containsExactly(
            "millrace-learning", "millrace-platform", "millrace-serving", "millrace-stream");
  }

  @Test
  void everyAlertIsExplainedAndTested() throws IOException {
    String runbook = Files.readString(Path.of("..", "docs", "runbook.md"));
    String tests = Files.readString(RULE_TESTS);
    var sections = runbook.lines().filter(l -> l.startsWith("## ")).map(l -> l.substring(3));
    var names = new ArrayList<String>();
    for (JsonNode rule : rules()) {
      String name = rule.path("alert").asText();
      names.add(name);
      assertThat(rule.path("annotations").path("runbook").asText())
          .isEqualTo("docs/runbook.md#" + name.toLowerCase(java.util.Locale.ROOT));
      assertThat(rule.path("annotations").path("summary").asText()).isNotBlank();
      assertThat(rule.path("labels").path("severity").asText()).isIn("critical", "warning");
      assertThat(tests)
          .as("%s has a test in which it fires", name)
          .containsPattern("alertname: " + name + "\n +exp_alerts:\n");
      assertThat(section(runbook, name)).contains("**Means.**", "**Look.**", "**Do.**");
    }
    assertThat(sections.toList()).containsExactlyInAnyOrderElementsOf(names);
  }

  @Test
  void theRulesDoWhatTheirTestsSay() throws Exception {
    Tool promtool = Tool.required("promtool");
    promtool.run(RULE_TESTS.getParent(), "test", "rules", "millrace_test.yml");
    promtool.run(DEPLOY.resolve("prometheus"), "check", "config", "prometheus.yml");
  }

  @Test
  void promtoolReadsEveryQueryAndTheJobForKubernetes() throws Exception {
    Tool promtool = Tool.required("promtool");
    ArrayNode rules = JSON.createArrayNode();
    for (String query : Dashboards.queries()) {
      rules.addObject().put("record", "query:" + rules.size()).put("expr", query);
    }
    ObjectNode group = JSON.createObjectNode().put("name", "dashboards");
    group.set("rules", rules);
    ObjectNode groups = JSON.createObjectNode();
    groups.putArray("groups").add(group);
    YAML.writeValue(folder.resolve("queries.yml").toFile(), groups);
    promtool.run(folder, "check", "rules", "queries.yml");

    var config = (ObjectNode) YAML.readTree(DEPLOY.resolve("prometheus/kubernetes.yml").toFile());
    assertThat(RULES).exists();
    config.putArray("rule_files").add(RULES.toAbsolutePath().toString());
    // Distributions build promtool without the discovery.
    var job = (ObjectNode) config.path("scrape_configs").path(0);
    assertThat(job.path("job_name").asText()).isEqualTo("millrace");
    assertThat(job.remove("kubernetes_sd_configs").path(0).path("role").asText()).isEqualTo("pod");
    YAML.writeValue(folder.resolve("kubernetes.yml").toFile(), config);
    promtool.run(folder, "check", "config", "kubernetes.yml");
  }

  private static String section(String runbook, String name) {
    int from = runbook.indexOf("## " + name + "\n");
    assertThat(from).as("section %s", name).isNotNegative();
    int to = runbook.indexOf("\n## ", from);
    return runbook.substring(from, to < 0 ? runbook.length() : to);
  }

  private static Set<String> known() {
    var out = new TreeSet<String>();
    Arrays.stream(Meter.values()).forEach(meter -> out.addAll(meter.prometheusNames()));
    try (var meters = new Meters();
        var consumer = new KafkaConsumer<>(client(meters), BYTES, BYTES);
        var producer =
            new KafkaProducer<>(
                client(meters), new ByteArraySerializer(), new ByteArraySerializer());
        var streams = new KafkaStreams(topology(), streamsSettings(meters))) {
      assertThat(List.of(consumer.metrics(), producer.metrics())).doesNotContain(Map.of());
      meters.bind(streams);
      System.gc(); // whose meters appear with the first collection
      await().until(() -> meters.scrape().contains("jvm_gc_pause_seconds_sum"));
      METER.matcher(meters.scrape()).results().forEach(m -> out.add(m.group()));
    }
    return out;
  }

  private static Map<String, Object> client(Meters meters) {
    return meters.metered(Map.of("bootstrap.servers", "127.0.0.1:9", "group.id", "names"));
  }

  private static Properties streamsSettings(Meters meters) {
    var settings = new Properties();
    settings.putAll(client(meters));
    settings.put("application.id", "names");
    return settings;
  }

  private static Topology topology() {
    var topology = new Topology();
    topology.addSource("in", "in");
    return topology;
  }

  private static List<String> expressions() throws IOException {
    var out = new ArrayList<String>();
    for (JsonNode rule : rules()) {
      out.add(rule.path("expr").asText());
    }
    out.addAll(Dashboards.queries());
    return out;
  }

  private static List<JsonNode> rules() throws IOException {
    var out = new ArrayList<JsonNode>();
    YAML.readTree(RULES.toFile())
        .path("groups")
        .forEach(group -> group.path("rules").forEach(out::add));
    return out;
  }
}
