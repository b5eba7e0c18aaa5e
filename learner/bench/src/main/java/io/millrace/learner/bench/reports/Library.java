package io.millrace.learner.bench.reports;

/**
 * A library as reports name it.
 *
 * @param ecosystem {@code Maven} or {@code npm}
 * @param name {@code group:artifact} in Maven
 * @param version as its registry writes it
 * @param artifact Maven's name of the jar that it is, or that it is packed into
 */
record Library(String ecosystem, String name, String version, String artifact) {
  static final String MAVEN = "Maven";
  static final String NPM = "npm";

  /** What reports call it, whatever its version. */
  String key() {
    return ecosystem + " " + name;
  }
}
