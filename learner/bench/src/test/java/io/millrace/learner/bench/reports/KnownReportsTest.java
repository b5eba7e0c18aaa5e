package io.millrace.learner.bench.reports;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Reports written for this test, of libraries that do not exist. */
class KnownReportsTest {
  private static final String RANGE =
      "\"ranges\": [{\"type\": \"ECOSYSTEM\", \"events\": [%s]}], \"versions\": []";

  @TempDir Path folder;

  private final Map<String, String> reports = new TreeMap<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path list = Path.of("");
  private Path document = Path.of("");

  @BeforeEach
  void aBuild() throws IOException {
    Path plain = jar("plain-1.4.jar", "");
    Path shading = jar("shading-2.0.jar", "groupId=org.made\nartifactId=packed\nversion=0.9\n");
    Path web = jar("chart-1.6.30.jar", "");
    list =
        Files.writeString(
            folder.resolve("libraries.txt"),
            String.join(
                "\n",
                "",
                "The following files have been resolved:",
                "   org.made:plain:jar:1.4:compile:" + plain + " -- module org.made.plain (auto)",
                "   org.made:shading:jar:linux-x86_64:2.0:runtime:" + shading,
                "   org.webjars.npm:chart:jar:1.6.30:compile:" + web,
                ""));
    document =
        Files.writeString(folder.resolve("document.md"), "| `plain` | CVE-2026-0001, judged |");
  }

  @ParameterizedTest
  @CsvSource({
    // events, whether 1.4 is affected
    "{'introduced': '0'}, true",
    "{'introduced': '0'} {'fixed': '1.4'}, false",
    "{'introduced': '0'} {'fixed': '1.4.1'}, true",
    "{'introduced': '0'} {'fixed': '1.10'}, true",
    "{'introduced': '0'} {'last_affected': '1.4'}, true",
    "{'introduced': '0'} {'last_affected': '1.3.9'}, false",
    "{'introduced': '1.4'} {'fixed': '2.0'}, true",
    "{'introduced': '1.4-rc1'} {'fixed': '1.4'}, false",
    "{'introduced': '1.5'} {'fixed': '2.0'}, false",
    "{'fixed': '1.2'} {'introduced': '0'}, false",
    "{'introduced': '0'} {'fixed': '1.2'} {'introduced': '1.3'} {'fixed': '1.4.2'}, true",
    "{'introduced': '0'} {'fixed': '1.2'} {'introduced': '1.4.1'} {'fixed': '1.5'}, false",
  })
  void rangesAreOfMavensOrder(String events, boolean affected) throws IOException {
    report("GHSA-a", "CVE-2026-0002", "Maven", "org.made:plain", RANGE.formatted(list(events)));

    assertThat(check()).as(out + "" + err).isEqualTo(affected ? 1 : 0);
    assertThat(out.toString()).contains((affected ? "1" : "0") + " of them are not in");
  }

  @Test
  void whatTheDocumentNamesIsJudged() throws IOException {
    report("GHSA-a", "CVE-2026-0001", "Maven", "org.made:plain", "\"versions\": [\"1.4\"]");

    assertThat(check()).isZero();
    assertThat(out.toString()).contains("known  org.made:plain 1.4 in plain: GHSA-a CVE-2026-0001");
  }

  /** The same report may matter in one jar and not in another. */
  @Test
  void whatIsJudgedOfOneJarIsNotOfAnother() throws IOException {
    report("GHSA-a", "CVE-2026-0001", "Maven", "org.made:packed", "\"versions\": [\"0.9\"]");

    assertThat(check()).isEqualTo(1);
  }

  @Test
  void aNameWithinAnotherIsNotJudged() throws IOException {
    report("GHSA-a", "CVE-2026-000", "Maven", "org.made:plain", "\"versions\": [\"1.4\"]");

    assertThat(check()).isEqualTo(1);
  }

  @Test
  void aLibraryPackedIntoAnotherIsFound() throws IOException {
    report(
        "GHSA-b",
        "CVE-2026-0003",
        "Maven",
        "org.made:packed",
        RANGE.formatted(list("{'introduced': '0'} {'fixed': '1.0'}")));

    assertThat(check()).isEqualTo(1);
    assertThat(out.toString())
        .contains("NEW    org.made:packed 0.9 in shading: GHSA-b CVE-2026-0003")
        .contains(", mended in 1.0");
  }

  @Test
  void aWebJarIsTheNpmPackageInIt() throws IOException {
    report("GHSA-c", "CVE-2026-0004", "npm", "chart", "\"versions\": [\"1.6.30\"]");
    report("GHSA-d", "CVE-2026-0005", "Maven", "org.made:other", "\"versions\": [\"1.4\"]");

    assertThat(check()).isEqualTo(1);
    assertThat(out.toString()).contains("NEW    chart 1.6.30 in chart: GHSA-c");
  }

  @Test
  void whatWasWithdrawnOrIsOfAnotherRegistryConcernsNobody() throws IOException {
    report(
        "GHSA-e",
        "CVE-2026-0006\"], \"withdrawn\": \"2026-01-01T00:00:00Z\", \"related\": [\"x",
        "Maven",
        "org.made:plain",
        "\"versions\": [\"1.4\"]");
    report("GHSA-f", "CVE-2026-0007", "npm", "org.made:plain", "\"versions\": [\"1.4\"]");

    assertThat(check()).isZero();
    assertThat(out.toString()).contains("2 reports read", "0 concern a library here");
  }

  @Test
  void aFolderOfReportsIsReadToo() throws IOException {
    report("GHSA-a", "CVE-2026-0002", "Maven", "org.made:plain", "\"versions\": [\"1.4\"]");
    Path at = Files.createDirectories(folder.resolve("reports/2026/11"));
    for (Map.Entry<String, String> one : reports.entrySet()) {
      Files.writeString(at.resolve(one.getKey()), one.getValue());
    }

    assertThat(run(folder.resolve("reports"))).isEqualTo(1);
    assertThat(out.toString()).contains("NEW    org.made:plain 1.4");
  }

  /** An empty or wrong copy is no good news. */
  @Test
  void aCopyWithoutMavenIsAnError() throws IOException {
    report("GHSA-c", "CVE-2026-0004", "npm", "chart", "\"versions\": [\"1.0\"]");

    assertThat(check()).isNotIn(0, 1);
    assertThat(err.toString()).contains("no report on a Maven package among the 1");
  }

  @Test
  void aListWithoutJarsIsAnError() throws IOException {
    report("GHSA-a", "CVE-2026-0002", "Maven", "org.made:plain", "\"versions\": [\"1.4\"]");
    Files.writeString(list, "nothing\n");

    assertThat(check()).isNotIn(0, 1);
    assertThat(err.toString()).contains("libraries.txt names no jar");
  }

  private void report(String id, String alias, String ecosystem, String name, String affected) {
    reports.put(
        id + ".json",
        ("{\"id\": \"%s\", \"modified\": \"2026-11-01T00:00:00Z\", \"aliases\": [\"%s\"],"
                + " \"summary\": \"made up\", \"affected\": [{\"package\": {\"ecosystem\": \"%s\","
                + " \"name\": \"%s\"}, %s}]}")
            .formatted(id, alias, ecosystem, name, affected));
  }

  private static String list(String events) {
    return events.replace('\'', '"').replace("} {", "}, {");
  }

  private int check() throws IOException {
    Path zip = folder.resolve("all.zip");
    try (OutputStream file = Files.newOutputStream(zip);
        var entries = new ZipOutputStream(file)) {
      for (Map.Entry<String, String> one : reports.entrySet()) {
        entries.putNextEntry(new ZipEntry(one.getKey()));
        entries.write(one.getValue().getBytes(StandardCharsets.UTF_8));
      }
    }
    return run(zip);
  }

  private int run(Path reports) {
    return new CommandLine(new KnownReports())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(
            "--reports",
            reports.toString(),
            "--libraries",
            list.toString(),
            "--document",
            document.toString());
  }

  /** A jar with the properties of a library that was packed into it. */
  private Path jar(String name, String properties) throws IOException {
    Path jar = folder.resolve(name);
    try (OutputStream file = Files.newOutputStream(jar);
        var entries = new ZipOutputStream(file)) {
      entries.putNextEntry(new ZipEntry("META-INF/MANIFEST.MF"));
      if (!properties.isEmpty()) {
        entries.putNextEntry(new ZipEntry("META-INF/maven/org.made/packed/pom.properties"));
        entries.write(properties.getBytes(StandardCharsets.UTF_8));
      }
    }
    return jar;
  }
}
