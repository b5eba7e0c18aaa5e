package io.millrace.ops.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.millrace.ops.metrics.Meter;
import io.millrace.ops.metrics.Meters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Dashboards and alerts name meters that there are; each alert is tested and explained. */
class ObservabilityTest {
  private static final Path DEPLOY = Path.of("deploy");
  private static final Path RULES = DEPLOY.resolve("prometheus/rules/millrace.yml");
  private static final Path RULE_TESTS = DEPLOY.resolve("prometheus/tests/millrace_test.yml");
  private static final Pattern METER =
      Pattern.compile("\\b(?:millrace|jvm|process|system|kafka)_[a-z0-9_]+");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final YAMLMapper YAML = new YAMLMapper();

  @Test
  void nameOnlyCataloguedMeters() throws IOException {
    Set<String> named = new TreeSet<>();
    for (String expression : expressions()) {
      METER.matcher(expression).results().forEach(m -> named.add(m.group()));
    }
    assertThat(named).hasSizeGreaterThan(60);
    assertThat(known()).containsAll(named);
  }

  @Test
  void showEveryCataloguedMeterSomewhere() throws IOException {
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
    for (Path file : dashboards()) {
      JsonNode dashboard = JSON.readTree(file.toFile());
      uids.add(dashboard.path("uid").asText());
      assertThat(dashboard.path("panels")).isNotEmpty();
      var ids = new TreeSet<Integer>();
      for (JsonNode panel : dashboard.path("panels")) {
        assertThat(ids.add(panel.path("id").asInt())).as("panel ids of %s", file).isTrue();
        assertThat(panel.path("datasource").path("uid")).isEqualTo(source.path("uid"));
        assertThat(
                panel.path("gridPos").path("x").asInt() + panel.path("gridPos").path("w").asInt())
            .isLessThanOrEqualTo(24);
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

  private static String section(String runbook, String name) {
    int from = runbook.indexOf("## " + name + "\n");
    assertThat(from).as("section %s", name).isNotNegative();
    int to = runbook.indexOf("\n## ", from);
    return runbook.substring(from, to < 0 ? runbook.length() : to);
  }

  private static Set<String> known() {
    var out = new TreeSet<String>();
    Arrays.stream(Meter.values()).forEach(meter -> out.addAll(meter.prometheusNames()));
    try (var meters = new Meters()) {
      System.gc(); // whose meters appear with the first collection
      await().until(() -> meters.scrape().contains("jvm_gc_pause_seconds_sum"));
      METER.matcher(meters.scrape()).results().forEach(m -> out.add(m.group()));
    }
    return out;
  }

  private static List<String> expressions() throws IOException {
    var out = new ArrayList<String>();
    for (JsonNode rule : rules()) {
      out.add(rule.path("expr").asText());
    }
    for (Path file : dashboards()) {
      JSON.readTree(file.toFile()).findValuesAsText("expr").forEach(out::add);
    }
    return out;
  }

  private static List<JsonNode> rules() throws IOException {
    var out = new ArrayList<JsonNode>();
    YAML.readTree(RULES.toFile())
        .path("groups")
        .forEach(group -> group.path("rules").forEach(out::add));
    return out;
  }

  private static List<Path> dashboards() throws IOException {
    try (Stream<Path> files = Files.list(DEPLOY.resolve("grafana/dashboards"))) {
      return files.sorted().toList();
    }
  }
}
