package io.millrace.learner.bench.reports;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.maven.artifact.versioning.ComparableVersion;

/**
 * A report in the Open Source Vulnerability format.
 *
 * @param ids its own and those under which others know it, such as a CVE
 * @param json all of it
 */
record OsvReport(List<String> ids, JsonNode json) {
  private static final String FIRST = "introduced";
  private static final String FIXED = "fixed";
  private static final String LAST = "last_affected";

  static OsvReport of(JsonNode json) {
    var ids = new ArrayList<>(List.of(json.path("id").asText()));
    json.path("aliases").forEach(alias -> ids.add(alias.asText()));
    return new OsvReport(List.copyOf(ids), json);
  }

  /** The packages that it is about. */
  Stream<String> keys() {
    return affected().map(OsvReport::key);
  }

  String summary() {
    return json.path("summary").asText();
  }

  /** When it last changed, in ISO 8601; empty when it does not say. */
  String modified() {
    return json.path("modified").asText();
  }

  boolean isWithdrawn() {
    return !json.path("withdrawn").asText().isEmpty();
  }

  /** Whether this version of the library is affected. */
  boolean concerns(Library library) {
    return affected()
        .filter(a -> key(a).equals(library.key()))
        .anyMatch(a -> lists(a, library.version()) || covers(a, library.version()));
  }

  /** The versions that mend it, for any of the branches that a library has. */
  List<String> fixedIn(Library library) {
    return affected()
        .filter(a -> key(a).equals(library.key()))
        .flatMap(a -> elements(a.path("ranges")))
        .flatMap(range -> elements(range.path("events")))
        .map(event -> event.path(FIXED).asText())
        .filter(version -> !version.isEmpty())
        .distinct()
        .toList();
  }

  private Stream<JsonNode> affected() {
    return elements(json.path("affected"));
  }

  private static String key(JsonNode affected) {
    JsonNode of = affected.path("package");
    return of.path("ecosystem").asText() + " " + of.path("name").asText();
  }

  private static boolean lists(JsonNode affected, String version) {
    return elements(affected.path("versions")).anyMatch(v -> v.asText().equals(version));
  }

  private static boolean covers(JsonNode affected, String version) {
    var at = new ComparableVersion(version);
    return elements(affected.path("ranges"))
        .filter(range -> !range.path("type").asText().equals("GIT"))
        .anyMatch(range -> covers(elements(range.path("events")).toList(), at));
  }

  /** The last event at or below a version says whether it is affected. */
  private static boolean covers(List<JsonNode> events, ComparableVersion at) {
    List<Event> sorted = events.stream().map(Event::of).sorted().toList();
    boolean affected = false;
    for (Event event : sorted) {
      int order = event.version.compareTo(at);
      if (order < 0 || order == 0 && !event.kind.equals(LAST)) {
        affected = event.kind.equals(FIRST);
      }
    }
    return affected;
  }

  private record Event(String kind, ComparableVersion version) implements Comparable<Event> {
    /** Of an object of one kind and its version, such as {@code {"introduced": "1.2"}}. */
    static Event of(JsonNode json) {
      for (String kind : List.of(FIRST, FIXED, LAST, "limit")) {
        if (json.has(kind)) {
          return new Event(kind, new ComparableVersion(json.path(kind).asText()));
        }
      }
      throw new IllegalArgumentException("an event of no known kind: " + json);
    }

    @Override
    public int compareTo(Event other) {
      return version.compareTo(other.version);
    }
  }

  private static Stream<JsonNode> elements(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }
}
