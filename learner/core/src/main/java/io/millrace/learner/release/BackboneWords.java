package io.millrace.learner.release;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a weights file says of its backbone, so that other programs can build it: {@code
 * backbone.architecture}, {@code .stem}, {@code .width}, {@code .patchSize}, {@code .depth} as in
 * the configuration.
 */
public final class BackboneWords {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Where a release's provenance keeps the method's settings. */
  private static final String RECIPE = "recipe";

  private BackboneWords() {}

  /**
   * From a release's provenance.
   *
   * @return empty where it does not say, as in releases by hand
   */
  public static Map<String, String> of(Map<String, String> provenance) {
    String recipe = provenance.get(RECIPE);
    if (recipe == null) {
      return Map.of();
    }
    JsonNode backbone;
    try {
      backbone = JSON.readTree(recipe).path("model").path("backbone");
    } catch (JsonProcessingException e) {
      return Map.of();
    }
    var out = new TreeMap<String, String>();
    backbone.properties().forEach(e -> out.put("backbone." + e.getKey(), e.getValue().asText()));
    return out;
  }
}
