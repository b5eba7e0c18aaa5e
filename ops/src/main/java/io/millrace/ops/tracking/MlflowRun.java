package io.millrace.ops.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A run of MLflow. Processes that learn one model under one configuration, one after the other,
 * share a run: it is found again by its tags, for parameters of a run can't be changed.
 */
final class MlflowRun {
  static final String MODEL_TAG = "millrace.model";
  static final String PARAMETERS_TAG = "millrace.parameters";

  /** Most values of one request. */
  static final int MOST_METRICS = 1000;

  private static final int MOST_PARAMETERS = 100;

  /** What every version of MLflow since 1.28 keeps of a parameter. */
  private static final int PARAMETER_LENGTH = 500;

  private final MlflowApi api;
  private final String id;
  private final String artifacts;

  private MlflowRun(MlflowApi api, JsonNode run) throws IOException {
    this.api = api;
    this.id = required(run.path("info"), "run_id");
    this.artifacts = required(run.path("info"), "artifact_uri");
  }

  /**
   * Opens the run of a model under these parameters, or makes it.
   *
   * @param millis Unix time at which it starts, if it does
   */
  static MlflowRun open(
      MlflowApi api, String experiment, String model, Map<String, String> parameters, long millis)
      throws IOException, InterruptedException {
    String experimentId = experiment(api, experiment);
    Map<String, String> tags =
        new TreeMap<>(Map.of(MODEL_TAG, model, PARAMETERS_TAG, hash(parameters)));
    var search = MlflowApi.object().put("max_results", 1);
    search.putArray("experiment_ids").add(experimentId);
    search.put("run_view_type", "ACTIVE_ONLY");
    search.put(
        "filter",
        "tags.`%s` = '%s' and tags.`%s` = '%s'"
            .formatted(MODEL_TAG, model, PARAMETERS_TAG, hash(parameters)));
    JsonNode found = api.post("runs/search", search).path("runs").path(0);
    if (found.isObject()) {
      var run = new MlflowRun(api, found);
      run.update(MlflowApi.object().put("status", "RUNNING"));
      // An earlier process may have ended between making the run and these.
      run.log(parameters);
      return run;
    }
    var create = MlflowApi.object().put("experiment_id", experimentId);
    create.put("start_time", millis).put("run_name", model);
    ArrayNode list = create.putArray("tags");
    tags.forEach((key, value) -> list.addObject().put("key", key).put("value", value));
    var run = new MlflowRun(api, api.post("runs/create", create).path("run"));
    run.log(parameters);
    return run;
  }

  private static String experiment(MlflowApi api, String name)
      throws IOException, InterruptedException {
    try {
      JsonNode found = api.get("experiments/get-by-name", Map.of("experiment_name", name));
      return required(found.path("experiment"), "experiment_id");
    } catch (MlflowException e) {
      if (!e.is("RESOURCE_DOES_NOT_EXIST")) {
        throw e;
      }
    }
    // Where another process makes it at the same time, this fails and the next try finds it.
    JsonNode made = api.post("experiments/create", MlflowApi.object().put("name", name));
    return required(made, "experiment_id");
  }

  private void log(Map<String, String> parameters) throws IOException, InterruptedException {
    List<Map.Entry<String, String>> all = List.copyOf(new TreeMap<>(parameters).entrySet());
    for (int from = 0; from < all.size(); from += MOST_PARAMETERS) {
      ObjectNode batch = MlflowApi.object().put("run_id", id);
      ArrayNode params = batch.putArray("params");
      for (var entry : all.subList(from, Math.min(all.size(), from + MOST_PARAMETERS))) {
        String value = entry.getValue();
        params
            .addObject()
            .put("key", entry.getKey())
            .put("value", value.substring(0, Math.min(value.length(), PARAMETER_LENGTH)));
      }
      api.post("runs/log-batch", batch);
    }
  }

  /** Logs metrics, at most {@link #MOST_METRICS} values. */
  void log(List<TrackedPoint> points) throws IOException, InterruptedException {
    ObjectNode batch = MlflowApi.object().put("run_id", id);
    ArrayNode metrics = batch.putArray("metrics");
    for (TrackedPoint point : points) {
      point
          .values()
          .forEach(
              (key, value) ->
                  metrics
                      .addObject()
                      .put("key", key)
                      .put("value", value)
                      .put("timestamp", point.millis())
                      .put("step", point.step()));
    }
    api.post("runs/log-batch", batch);
  }

  /**
   * Ends it.
   *
   * @param status {@code FINISHED} or {@code FAILED}
   * @param millis Unix time
   */
  void end(String status, long millis) throws IOException, InterruptedException {
    update(MlflowApi.object().put("status", status).put("end_time", millis));
  }

  private void update(ObjectNode change) throws IOException, InterruptedException {
    api.post("runs/update", change.put("run_id", id));
  }

  String id() {
    return id;
  }

  /** Address of its artifacts, such as {@code mlflow-artifacts:/1/5f3a/artifacts}. */
  String artifacts() {
    return artifacts;
  }

  /** Tells two sets of parameters apart. */
  private static String hash(Map<String, String> parameters) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      new TreeMap<>(parameters)
          .forEach(
              (key, value) ->
                  digest.update((key + "=" + value + "\n").getBytes(StandardCharsets.UTF_8)));
      return HexFormat.of().formatHex(digest.digest(), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static String required(JsonNode node, String key) throws IOException {
    String text = node.path(key).asText();
    if (text.isEmpty()) {
      throw new IOException("the answer of MLflow has no " + key);
    }
    return text;
  }
}
