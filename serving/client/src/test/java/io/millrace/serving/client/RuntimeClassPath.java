package io.millrace.serving.client;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a subscriber has on the class path who adds this module to a pom, and nothing else. */
final class RuntimeClassPath {
  private RuntimeClassPath() {}

  /** This module's classes and its runtime dependencies, as Maven resolved them for this build. */
  static List<String> entries() throws IOException {
    var entries = new ArrayList<String>();
    entries.add(Path.of("target", "classes").toAbsolutePath().toString());
    entries.addAll(dependencies());
    return entries;
  }

  /** The runtime dependencies alone; the pom has the file written before tests run. */
  static List<String> dependencies() throws IOException {
    String text = Files.readString(Path.of("target", "runtime-class-path")).strip();
    return List.of(text.split(File.pathSeparator));
  }
}
