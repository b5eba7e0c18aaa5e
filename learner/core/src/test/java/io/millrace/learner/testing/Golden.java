package io.millrace.learner.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * Golden numbers of the methods' reference implementations, in {@code shared/golden} beside the
 * repository (or where {@code MILLRACE_SHARED} points); tests are skipped where they are missing.
 */
public final class Golden {
  private Golden() {}

  /** The objectives' numbers. */
  public static JsonNode objectives() {
    Path file = shared().resolve("golden").resolve("objectives.json");
    Assumptions.assumeTrue(Files.isRegularFile(file), "golden numbers are not at " + file);
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A golden array as a tensor. */
  public static Tensor tensor(Engine engine, JsonNode array) {
    long[] shape = new long[array.get("shape").size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = array.get("shape").get(i).asLong();
    }
    return engine.tensor(values(array), shape);
  }

  /** A golden array's elements. */
  public static double[] values(JsonNode array) {
    double[] values = new double[array.get("data").size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get("data").get(i).asDouble();
    }
    return values;
  }

  private static Path shared() {
    String told = System.getProperty("MILLRACE_SHARED", System.getenv("MILLRACE_SHARED"));
    if (told != null) {
      return Path.of(told);
    }
    Path at = Path.of("").toAbsolutePath();
    while (at != null && !Files.isDirectory(at.resolve(".ci"))) {
      at = at.getParent();
    }
    return at == null ? Path.of("shared") : at.resolveSibling("shared");
  }
}
