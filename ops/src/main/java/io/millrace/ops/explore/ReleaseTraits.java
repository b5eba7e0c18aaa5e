package io.millrace.ops.explore;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.millrace.learner.method.registry.MethodConfig;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.ops.dashboard.Explorer;
import io.millrace.ops.dashboard.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** What a release was learned from and with, flat, to be laid beside another one. */
final class ReleaseTraits {
  private static final JsonMapper JSON = Json.mapper();

  private ReleaseTraits() {}

  static Explorer.Traits of(ReleaseManifest release) {
    var data = new LinkedHashMap<String, String>();
    data.put("method", release.method());
    data.put("released", release.releasedAt().toString());
    data.put("gate", release.gate().toString());
    data.put("gate's reason", release.gateReason());
    data.put("updates", Long.toString(release.step()));
    data.put("images learned from", Long.toString(release.images()));
    data.put("partitions", Integer.toString(release.offsets().size()));
    data.put("embedding's length", Integer.toString(release.featureDim()));
    data.put("weights, bytes", Long.toString(release.weightsBytes()));
    var settings = new TreeMap<String, String>();
    release.provenance().forEach((name, value) -> flatten(name, value, settings));
    flatten("preprocessing", JSON.valueToTree(release.preprocessing()), settings);
    flatten("engine", JSON.valueToTree(release.engine()), settings);
    return new Explorer.Traits(release.version(), release.monitors(), data, settings);
  }

  private static void flatten(String name, String value, Map<String, String> into) {
    if (name.equals(MethodConfig.KEY)) {
      try {
        JSON.readTree(value).properties().forEach(e -> flatten(e.getKey(), e.getValue(), into));
        return;
      } catch (JsonProcessingException e) {
        // Shown as it is.
      }
    }
    into.put(name, value);
  }

  private static void flatten(String name, JsonNode value, Map<String, String> into) {
    if (value.isObject()) {
      value.properties().forEach(e -> flatten(name + "." + e.getKey(), e.getValue(), into));
    } else {
      into.put(name, value.isValueNode() ? value.asText() : value.toString());
    }
  }
}
