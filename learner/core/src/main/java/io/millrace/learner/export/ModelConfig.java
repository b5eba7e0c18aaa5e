package io.millrace.learner.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.learner.release.ReleaseManifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** {@code config.json}: what a program needs to build the network again and to feed it. */
final class ModelConfig {
  static final String TYPE = "millrace";

  private static final ObjectMapper JSON = new ObjectMapper();

  private ModelConfig() {}

  /** Whether a file is one that {@link #of} wrote. */
  static boolean isOurs(Path file) {
    try {
      return JSON.readTree(file.toFile()).path("model_type").asText().equals(TYPE);
    } catch (IOException e) {
      return false;
    }
  }

  static String of(ReleaseManifest manifest, String weights, String license) {
    try {
      JsonNode told = JSON.readTree(manifest.toJson());
      ObjectNode out = JSON.createObjectNode();
      out.put("model_type", TYPE);
      out.put("model", manifest.model());
      out.put("version", manifest.version());
      out.put("method", manifest.method());
      out.put("hidden_size", manifest.featureDim());
      out.put("num_channels", 3);
      out.put("image_size", manifest.preprocessing().size());
      out.put("torch_dtype", "float32");
      out.put("license", license);
      out.put("weights", weights);
      ObjectNode preprocessing = out.putObject("preprocessing");
      preprocessing.put("crop", "center");
      preprocessing.put("interpolation", "bilinear");
      preprocessing.put("antialias", true);
      preprocessing.put("rescale_factor", 1.0 / 255);
      preprocessing.set("size", told.path("preprocessing").path("size"));
      preprocessing.set("image_mean", told.path("preprocessing").path("mean"));
      preprocessing.set("image_std", told.path("preprocessing").path("std"));
      preprocessing.put("hash", manifest.preprocessingHash());
      out.put("representation", manifest.representation());
      out.set("network", told.path("networks").path(manifest.representation()));
      ObjectNode trained = out.putObject("trained");
      trained.put("step", manifest.step());
      trained.put("images", manifest.images());
      trained.put("topic_id", manifest.topicId());
      trained.set("offsets", told.path("offsets"));
      trained.set("engine", told.path("engine"));
      trained.put("released_at", manifest.releasedAt().toString());
      trained.put("release_sha256", manifest.weightsSha256());
      ObjectNode gate = out.putObject("gate");
      gate.put("state", manifest.gate().toString());
      gate.put("reason", manifest.gateReason());
      out.set("metrics", told.path("monitors"));
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(out) + "\n";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
