package io.millrace.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;

/** Compiles and runs the programs in {@code examples/}. */
public final class Examples {
  private Examples() {}

  /** Compiles a program with every lint on, runs it on this class path and gives its output. */
  public static String java(Path dir, String name, String... args) throws Exception {
    String classPath = System.getProperty("java.class.path");
    Path classes = compile(name, dir, classPath);
    List<String> command = TestJvm.command(512);
    command.addAll(List.of("-cp", classes + File.pathSeparator + classPath, name));
    command.addAll(List.of(args));
    return run(dir, command.toArray(String[]::new));
  }

  /** Compiles a program with every lint on and loads it. */
  public static Class<?> compile(String name, Path dir) throws Exception {
    URL[] at = {compile(name, dir, System.getProperty("java.class.path")).toUri().toURL()};
    return Class.forName(name, true, new URLClassLoader(at));
  }

  /** Compiles a program with every lint on and gives the folder of its classes. */
  public static Path compile(String name, Path dir, String classPath) throws IOException {
    Path classes = Files.createDirectories(dir.resolve("classes"));
    int problems =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-Xlint:all,-classfile,-path",
                "-Werror",
                "-d",
                classes.toString(),
                "-classpath",
                classPath,
                folder().resolve(name + ".java").toString());
    assertThat(problems).isZero();
    return classes;
  }

  /** Runs a command that ends well and gives its output. */
  public static String run(Path dir, String... command) throws Exception {
    Path output = dir.resolve("output");
    Process process =
        new ProcessBuilder(List.of(command))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ends").isTrue();
    } finally {
      process.destroyForcibly();
    }
    String text = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }

  /** A Python that has this module; empty where none is found. */
  public static String pythonWith(String module) throws InterruptedException {
    for (String python : List.of("python3", "/usr/bin/python3")) {
      try {
        int code =
            new ProcessBuilder(python, "-c", "import " + module)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        if (code == 0) {
          return python;
        }
      } catch (IOException e) {
        // No such program: the next one.
      }
    }
    return "";
  }

  public static Path folder() {
    Path here = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(here.resolve(".ci"))) {
      here = here.getParent();
    }
    return here.resolve("examples");
  }
}
