package io.millrace.learner.export;

import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.release.ReleaseManifest;
import java.util.Locale;
import java.util.TreeMap;

/**
 * {@code README.md}: a release for people, with the front matter that model hubs read. It says what
 * is known and no more: whose images these were and what they may be used for is for its publisher
 * to add.
 */
final class ModelCard {
  private ModelCard() {}

  static String of(ReleaseManifest manifest, ExportFormat format, String file, String license) {
    var out = new StringBuilder();
    out.append("---\n")
        .append("license: ")
        .append(quoted(license))
        .append("\nlibrary_name: millrace\npipeline_tag: image-feature-extraction\ntags:\n")
        .append("- self-supervised\n- ")
        .append(quoted(manifest.method()))
        .append("\n---\n\n# ")
        .append(manifest.key())
        .append("\n\n");
    out.append(
        """
        An image encoder, learned by `%s` from a Kafka image stream, without labels: an image becomes %d features.

        ## Data

        | | |
        | --- | --- |
        | images | %s |
        | updates | %s |
        | topic id | %s |
        | released | %s |
        | trained on | %s %s, %s, %s |

        """
            .formatted(
                manifest.method(),
                manifest.featureDim(),
                count(manifest.images()),
                count(manifest.step()),
                manifest.topicId().isEmpty() ? "none: not from Kafka" : manifest.topicId(),
                manifest.releasedAt(),
                manifest.engine().engine(),
                manifest.engine().version(),
                manifest.engine().deviceName(),
                manifest.engine().precision().name().toLowerCase(Locale.ROOT)));
    out.append("## Metrics\n\n");
    if (manifest.monitors().isEmpty()) {
      out.append("None were computed.\n\n");
    } else {
      out.append("Computed while it learned, on the stream's own images.\n\n")
          .append("| metric | value |\n| --- | --- |\n");
      new TreeMap<>(manifest.monitors())
          .forEach(
              (name, value) ->
                  out.append(String.format(Locale.ROOT, "| `%s` | %.6g |%n", name, value)));
      out.append('\n');
    }
    out.append("## Gate\n\n`").append(manifest.gate()).append('`');
    String reason = manifest.gateReason();
    if (reason != null && !reason.isEmpty()) {
      out.append(": ").append(reason.replaceAll("\\s+", " "));
    }
    out.append("\n\n## Use\n\n").append(input(manifest.preprocessing())).append(use(format, file));
    out.append("\n## License\n\n").append(license).append('\n');
    return out.toString();
  }

  private static String input(Preprocessing p) {
    return ("Red, green, blue; the shorter side resized to %d (bilinear, antialiased), the center"
            + " %d × %d cut out; each channel of [0, 1] less its mean %s, over its deviation"
            + " %s. Features are not normalized.\n\n")
        .formatted(p.size(), p.size(), p.size(), p.mean(), p.std());
  }

  private static String use(ExportFormat format, String file) {
    return switch (format) {
      case SAFETENSORS ->
          """
          ```python
          from safetensors.torch import load_file
          backbone.load_state_dict(load_file("%s"), strict=False)  # torchvision's or timm's names
          ```
          """
              .formatted(file);
      case ONNX ->
          """
          ```python
          import onnxruntime
          features = onnxruntime.InferenceSession("%s").run(["features"], {"images": images})[0]
          ```
          """
              .formatted(file);
      case DL4J, DL4J_STOCK ->
          """
          ```java
          ComputationGraph network = ComputationGraph.load(new File("%s"), false);
          ```
          """
              .formatted(file);
    };
  }

  private static String count(long n) {
    return String.format(Locale.ROOT, "%,d", n);
  }

  /** As a YAML string, whatever it holds. */
  private static String quoted(String text) {
    return "'" + text.replaceAll("\\s+", " ").replace("'", "''") + "'";
  }
}
