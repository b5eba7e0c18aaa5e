package io.millrace.ops.deploy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Packages of npm's registry by which a test validates, kept between builds. */
final class NpmPackages {
  private final Path folder;

  private NpmPackages(Path folder) {
    this.folder = folder;
  }

  /**
   * Fetches what is not there yet; skips the test where there is no npm or no way to its registry.
   *
   * @param name of a folder of their own in {@code target}
   * @param packages each with its version
   */
  static NpmPackages of(String name, String... packages) throws Exception {
    Tool npm = Tool.required("npm");
    Path folder = Path.of("target", name).toAbsolutePath();
    Path whole = folder.resolve("fetched");
    if (!Files.exists(whole)) {
      Files.createDirectories(folder);
      var command = new ArrayList<>(List.of(npm.program().toString(), "install"));
      command.addAll(List.of("--no-audit", "--no-fund", "--fetch-retries=0"));
      command.addAll(List.of(packages));
      Process install =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("npm.log").toFile())
              .start();
      boolean ended = install.waitFor(2, TimeUnit.MINUTES);
      if (!ended) {
        install.destroyForcibly();
      }
      Assumptions.assumeTrue(
          ended && install.exitValue() == 0,
          "npm reaches no registry for " + String.join(", ", packages));
      Files.createFile(whole);
    }
    return new NpmPackages(folder);
  }

  /** A file of a package. */
  Path file(String path) {
    return folder.resolve("node_modules").resolve(path);
  }

  /** A program that a package brings. */
  Tool tool(String name) {
    return new Tool(file(".bin/" + name));
  }
}
