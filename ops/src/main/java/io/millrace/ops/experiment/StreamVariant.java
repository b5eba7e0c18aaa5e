package io.millrace.ops.experiment;

import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Settings laid over the configured ones for one more arm of a stream benchmark: an ablation.
 *
 * @param settings as KEY=VALUE
 * @param config the whole that they make
 */
public record StreamVariant(List<String> settings, MillraceConfig config) {
  public StreamVariant {
    settings = List.copyOf(settings);
  }

  /**
   * Variants by name.
   *
   * @param texts each {@code NAME: KEY=VALUE …}
   * @throws ConfigException where one has no name, none or wrong settings, or the name of another
   */
  public static Map<String, StreamVariant> parse(List<String> texts, MillraceConfig base) {
    var out = new LinkedHashMap<String, StreamVariant>();
    for (String text : texts) {
      int colon = text.indexOf(':');
      String name = colon < 0 ? "" : text.substring(0, colon).strip();
      String rest = text.substring(colon + 1).strip();
      if (name.isEmpty() || rest.isEmpty()) {
        throw new ConfigException(
            "--variant is '"
                + text
                + "': expected 'NAME: KEY=VALUE …', such as"
                + " 'aligned: model.alignment.weight=1'");
      }
      List<String> settings = Arrays.asList(rest.split("\\s+"));
      MillraceConfig config;
      try {
        config = ConfigReader.over(base, settings);
      } catch (ConfigException e) {
        throw new ConfigException("--variant '" + name + "': " + e.getMessage());
      }
      if (out.put(name, new StreamVariant(settings, config)) != null) {
        throw new ConfigException("--variant names '" + name + "' twice");
      }
    }
    return out;
  }

  /**
   * Arms are comparable only where they are measured alike and on the same images.
   *
   * @throws IllegalArgumentException naming the part of the settings that must be the same
   */
  void requireSameMeasure(MillraceConfig base) {
    same("model.preprocessing", config.model().preprocessing(), base.model().preprocessing());
    same("model.seed", config.model().seed(), base.model().seed());
    same("engine", config.engine(), base.engine());
    same("decode", config.decode(), base.decode());
    same("synthetic", config.synthetic(), base.synthetic());
    same("learner.probe", config.learner().probe(), base.learner().probe());
    same(
        "learner.replay.maxSide",
        config.learner().replay().maxSide(),
        base.learner().replay().maxSide());
  }

  private void same(String key, Object mine, Object theirs) {
    if (!mine.equals(theirs)) {
      throw new IllegalArgumentException(
          "a variant with " + settings + " changes " + key + ": expected the same in every arm");
    }
  }
}
