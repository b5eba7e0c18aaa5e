import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;

/**
 * Prints which tests the last run skipped and why, one line a reason, from Surefire's reports below
 * the folder given. Maven runs it at the end of {@code mvn verify}.
 */
class SkippedTests {
  private static final int SHOWN = 3;

  public static void main(String[] arguments) throws Exception {
    Path root = Path.of(arguments[0]);
    Map<String, List<String>> byReason = new TreeMap<>();
    int run = 0;
    for (Path report : reports(root)) {
      var suite = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(report.toFile());
      var cases = suite.getElementsByTagName("testcase");
      for (int i = 0; i < cases.getLength(); i++) {
        Element test = (Element) cases.item(i);
        var skipped = test.getElementsByTagName("skipped");
        if (skipped.getLength() == 0) {
          run++;
          continue;
        }
        byReason
            .computeIfAbsent(
                reason((Element) skipped.item(0)), reason -> new java.util.ArrayList<>())
            .add(name(test));
      }
    }
    int skipped = byReason.values().stream().mapToInt(List::size).sum();
    System.out.printf("%d tests ran, %d were skipped%s%n", run, skipped, skipped == 0 ? "" : ":");
    byReason.entrySet().stream()
        .sorted((a, b) -> b.getValue().size() - a.getValue().size())
        .forEach(entry -> System.out.println(line(entry.getKey(), entry.getValue())));
    System.out.println("Tests tagged gpu are skipped on a machine without one: -Pcuda runs them.");
  }

  private static List<Path> reports(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
          .filter(file -> file.getParent().endsWith(Path.of("target", "surefire-reports")))
          .sorted()
          .toList();
    }
  }

  private static String reason(Element skipped) {
    String message = skipped.getAttribute("message").strip();
    if (message.isEmpty()) {
      message = skipped.getTextContent().strip();
    }
    String first = message.lines().findFirst().orElse("no reason given");
    return first
        .replaceFirst("^(org\\.opentest4j\\.)?TestAbortedException: ", "")
        .replaceFirst("^Assumption failed: ", "")
        .replaceFirst("^skipped: ", "");
  }

  private static String name(Element test) {
    String type = test.getAttribute("classname");
    return type.substring(type.lastIndexOf('.') + 1) + "." + test.getAttribute("name");
  }

  private static String line(String reason, List<String> tests) {
    String some = String.join(", ", tests.subList(0, Math.min(SHOWN, tests.size())));
    return "  %d: %s (%s%s)"
        .formatted(tests.size(), reason, some, tests.size() > SHOWN ? ", …" : "");
  }
}
