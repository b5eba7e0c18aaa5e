package io.millrace.learner.bench.reports;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Which libraries a build has, those that others have packed into their own jars among them. */
final class Libraries {
  /** A line of Maven's {@code dependency:list} with file names; a classifier may be in it. */
  private static final Pattern LINE =
      Pattern.compile(
          "\\s+(?<group>[^:\\s]+):(?<artifact>[^:]+):jar:(?:[^:]+:)?(?<version>[^:]+):"
              + "(?:compile|runtime|provided|system|test):(?<file>.*?\\.jar)(?: .*)?");

  private static final Pattern PACKED =
      Pattern.compile("META-INF/maven/[^/]+/[^/]+/pom\\.properties");

  private static final String WEBJAR_GROUP = "org.webjars.npm";

  private Libraries() {}

  /**
   * Reads the list and looks into each jar.
   *
   * @param list what {@code dependency:list} wrote, with absolute file names
   * @throws IOException when a jar can't be read, or the list names none
   */
  static Set<Library> of(Path list) throws IOException {
    var out = new LinkedHashSet<Library>();
    for (String line : Files.readAllLines(list)) {
      Matcher found = LINE.matcher(line);
      if (found.matches()) {
        String artifact = found.group("artifact");
        out.addAll(library(found.group("group"), artifact, found.group("version"), artifact));
        out.addAll(packed(Path.of(found.group("file")), artifact));
      }
    }
    if (out.isEmpty()) {
      throw new IOException(list + " names no jar");
    }
    return out;
  }

  private static Set<Library> packed(Path jar, String in) throws IOException {
    var out = new LinkedHashSet<Library>();
    try (var zip = new ZipFile(jar.toFile())) {
      for (ZipEntry entry : zip.stream().toList()) {
        if (PACKED.matcher(entry.getName()).matches()) {
          var properties = new Properties();
          try (InputStream content = zip.getInputStream(entry)) {
            properties.load(content);
          }
          out.addAll(
              library(
                  properties.getProperty("groupId", ""),
                  properties.getProperty("artifactId", ""),
                  properties.getProperty("version", ""),
                  in));
        }
      }
    }
    return out;
  }

  /** A WebJar is also the npm package that it holds. */
  private static List<Library> library(String group, String name, String version, String in) {
    var maven = new Library(Library.MAVEN, group + ":" + name, version, in);
    return group.equals(WEBJAR_GROUP)
        ? List.of(maven, new Library(Library.NPM, name, version, in))
        : List.of(maven);
  }
}
