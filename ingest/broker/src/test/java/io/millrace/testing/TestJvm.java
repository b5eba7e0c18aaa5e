package io.millrace.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How tests start another JVM. */
public final class TestJvm {
  private TestJvm() {}

  /**
   * A command's first words: the program and its options, to which class path, main class and its
   * arguments are added. It lives for seconds: the second compiler and a collector with threads of
   * its own would cost a third of its processor time.
   *
   * @param heapMebibytes most that its heap takes
   */
  public static List<String> command(int heapMebibytes) {
    return new ArrayList<>(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx" + heapMebibytes + "m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC"));
  }
}
