package io.millrace.ops.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.learner.release.ReleaseManifest;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Releases as versions of a registered model. MLflow numbers versions itself, so the tag {@code
 * millrace.version} joins the two; {@code millrace.state} is where the release stands and the alias
 * {@code serving} is on the version that serves.
 */
final class MlflowRegistry {
  static final String VERSION_TAG = "millrace.version";
  static final String STATE_TAG = "millrace.state";
  static final String ALIAS = "serving";

  private static final String PROXIED = "mlflow-artifacts";

  private final MlflowApi api;
  private final String model;
  private final String files;
  private final Map<Long, Registered> known = new HashMap<>();
  private OptionalLong aliased = OptionalLong.empty();
  private boolean read;

  private record Registered(String mlflowVersion, String state) {}

  /**
   * @param files address of the releases' folder; empty for the run's artifacts
   */
  MlflowRegistry(MlflowApi api, String model, String files) {
    this.api = api;
    this.model = model;
    this.files = files.replaceFirst("/+$", "");
  }

  /** Makes the registry say what the releases say; what it says already is not sent again. */
  void update(TrackedReleases now, MlflowRun run) throws IOException, InterruptedException {
    if (now.releases().isEmpty()) {
      return;
    }
    if (!read) {
      read();
      read = true;
    }
    for (ReleaseManifest release : now.releases()) {
      String state = now.state(release);
      Registered before = known.get(release.version());
      if (before == null) {
        // The files of a retired release are gone: there is nothing to register.
        if (release.gate() != ReleaseManifest.State.RETIRED) {
          known.put(release.version(), new Registered(create(release, state, run), state));
        }
      } else if (!before.state().equals(state)) {
        setState(before.mlflowVersion(), state);
        known.put(release.version(), new Registered(before.mlflowVersion(), state));
      }
    }
    if (now.serving().isPresent() && !now.serving().equals(aliased)) {
      Registered serving = known.get(now.serving().getAsLong());
      if (serving != null) {
        ObjectNode alias = MlflowApi.object().put("name", model).put("alias", ALIAS);
        api.post("registered-models/alias", alias.put("version", serving.mlflowVersion()));
        aliased = now.serving();
      }
    }
  }

  /** What an earlier process registered. */
  private void read() throws IOException, InterruptedException {
    try {
      api.post("registered-models/create", MlflowApi.object().put("name", model));
    } catch (MlflowException e) {
      if (!e.is("RESOURCE_ALREADY_EXISTS")) {
        throw e;
      }
    }
    String page = "";
    do {
      var query = new TreeMap<>(Map.of("filter", "name='" + model + "'", "max_results", "200"));
      if (!page.isEmpty()) {
        query.put("page_token", page);
      }
      JsonNode found = api.get("model-versions/search", query);
      for (JsonNode version : found.path("model_versions")) {
        var tags = new HashMap<String, String>();
        version
            .path("tags")
            .forEach(tag -> tags.put(tag.path("key").asText(), tag.path("value").asText()));
        String ours = tags.getOrDefault(VERSION_TAG, "");
        if (ours.matches("\\d+")) {
          known.put(
              Long.parseLong(ours),
              new Registered(
                  MlflowRun.required(version, "version"), tags.getOrDefault(STATE_TAG, "")));
        }
      }
      page = found.path("next_page_token").asText();
    } while (!page.isEmpty());
  }

  private String create(ReleaseManifest release, String state, MlflowRun run)
      throws IOException, InterruptedException {
    ObjectNode version = MlflowApi.object().put("name", model).put("run_id", run.id());
    version.put(
        "source", files.isEmpty() ? artifact(release, run) : files + "/" + release.weights());
    version.put(
        "description",
        "%s after %d updates, %d images"
            .formatted(release.method(), release.step(), release.images()));
    ArrayNode tags = version.putArray("tags");
    tags(release, state)
        .forEach((key, value) -> tags.addObject().put("key", key).put("value", value));
    JsonNode made = api.post("model-versions/create", version);
    return MlflowRun.required(made.path("model_version"), "version");
  }

  private static Map<String, String> tags(ReleaseManifest release, String state) {
    var tags = new TreeMap<String, String>();
    tags.put(VERSION_TAG, Long.toString(release.version()));
    tags.put(STATE_TAG, state);
    tags.put("millrace.weights", release.weights());
    tags.put("millrace.sha256", release.weightsSha256());
    tags.put("millrace.representation", release.representation());
    tags.put("millrace.dimension", Integer.toString(release.featureDim()));
    String reason = Objects.requireNonNullElse(release.gateReason(), "");
    if (!reason.isEmpty()) {
      tags.put("millrace.reason", reason);
    }
    return tags;
  }

  /** Puts the manifest into the run's artifacts where the server takes it; returns the address. */
  private String artifact(ReleaseManifest release, MlflowRun run)
      throws IOException, InterruptedException {
    String below = "/releases/" + release.version();
    URI artifacts = URI.create(run.artifacts());
    if (PROXIED.equals(artifacts.getScheme())) {
      String path = artifacts.getPath().replaceFirst("^/+", "");
      api.putArtifact(path + below + "/manifest.json", release.toJson());
    }
    return run.artifacts() + below;
  }

  private void setState(String version, String state) throws IOException, InterruptedException {
    ObjectNode tag = MlflowApi.object().put("name", model).put("version", version);
    api.post("model-versions/set-tag", tag.put("key", STATE_TAG).put("value", state));
  }
}
