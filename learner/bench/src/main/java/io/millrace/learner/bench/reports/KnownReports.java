package io.millrace.learner.bench.reports;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The check that docs/dependencies.md describes: no network, files alone. */
@Command(
    name = "known-reports",
    exitCodeOnExecutionException = 2,
    description = {
      "Compares the libraries of this build, and those packed into their jars, with a copy of the",
      "public reports of vulnerabilities. Exit status: 0 all are judged in docs/dependencies.md,",
      "1 some are not, 2 it could not be told."
    })
public final class KnownReports implements Callable<Integer> {
  @Option(
      names = "--reports",
      required = true,
      description = "OSV's all.zip of Maven (and again for npm), or a folder of such JSON files.")
  List<Path> reports = List.of();

  @Option(
      names = "--libraries",
      defaultValue = "learner/bench/target/libraries.txt",
      description = "What the build wrote (${DEFAULT-VALUE}).")
  Path libraries = Path.of("");

  @Option(
      names = "--document",
      defaultValue = "docs/dependencies.md",
      description = "A line with library and report judges it (${DEFAULT-VALUE}).")
  Path document = Path.of("");

  @Spec CommandSpec spec;

  private final ObjectMapper json = new ObjectMapper();
  private int read;
  private int ofMaven;
  private String newest = "";

  @Override
  public Integer call() throws IOException {
    Set<Library> build = Libraries.of(libraries);
    Map<String, List<Library>> byKey = build.stream().collect(Collectors.groupingBy(Library::key));
    List<String> judgements = Files.readAllLines(document);
    var lines = new ArrayList<String>();
    int[] unknown = {0};
    for (Path file : reports) {
      each(
          file,
          report ->
              report
                  .keys()
                  .distinct()
                  .flatMap(key -> byKey.getOrDefault(key, List.of()).stream())
                  .filter(report::concerns)
                  .forEach(
                      library -> {
                        boolean judged = isJudged(judgements, library, report);
                        unknown[0] += judged ? 0 : 1;
                        lines.add(line(judged, library, report));
                      }));
    }
    if (ofMaven == 0) {
      throw new IOException("no report on a Maven package among the " + read + " in " + reports);
    }
    PrintWriter out = spec.commandLine().getOut();
    lines.stream().sorted().forEach(out::println);
    out.printf(
        "%d libraries, %d reports read, the newest of %s: %d concern a library here, %d of them"
            + " are not in %s%n",
        build.size(), read, newest, lines.size(), unknown[0], document);
    return unknown[0] == 0 ? 0 : 1;
  }

  /** Whether one line names both the report and the jar: another jar may be reached otherwise. */
  private static boolean isJudged(List<String> lines, Library library, OsvReport report) {
    return lines.stream()
        .filter(line -> names(line, library.artifact()))
        .anyMatch(line -> report.ids().stream().anyMatch(id -> names(line, id)));
  }

  private static boolean names(String line, String word) {
    return Pattern.compile("(?<![\\w-])" + Pattern.quote(word) + "(?![\\w-])").matcher(line).find();
  }

  private static String line(boolean judged, Library library, OsvReport report) {
    List<String> fixed = report.fixedIn(library);
    return "%s  %s %s in %s: %s, %s, mended in %s"
        .formatted(
            judged ? "known" : "NEW  ",
            library.name(),
            library.version(),
            library.artifact(),
            String.join(" ", report.ids()),
            report.summary(),
            fixed.isEmpty() ? "no version" : String.join(", ", fixed));
  }

  /** What is done with a report that was not withdrawn. */
  private interface Reader {
    void take(OsvReport report);
  }

  private void each(Path file, Reader reader) throws IOException {
    if (Files.isDirectory(file)) {
      try (Stream<Path> walk = Files.walk(file)) {
        for (Path one : (Iterable<Path>) walk.filter(KnownReports::isJson)::iterator) {
          take(Files.readAllBytes(one), reader);
        }
      }
      return;
    }
    try (InputStream in = Files.newInputStream(file);
        var zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (entry.getName().endsWith(".json")) {
          take(zip.readAllBytes(), reader);
        }
      }
    }
  }

  private static boolean isJson(Path file) {
    return file.toString().endsWith(".json");
  }

  private void take(byte[] bytes, Reader reader) throws IOException {
    OsvReport report = OsvReport.of(json.readTree(bytes));
    read++;
    if (report.keys().anyMatch(key -> key.startsWith(Library.MAVEN + " "))) {
      ofMaven++;
    }
    if (report.modified().compareTo(newest) > 0) {
      newest = report.modified();
    }
    if (!report.isWithdrawn()) {
      reader.take(report);
    }
  }
}
