package io.millrace.learner.release;

import com.fasterxml.jackson.annotation.JsonValue;
import io.millrace.ingest.feed.PartitionPosition;
import io.millrace.ingest.settings.Spelling;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.NetworkSpec;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that is said of a released model: how to run it, where its weights are, what it was learned
 * from. The value of {@code model.releases} under the key {@link #key}.
 *
 * @param format version of this form
 * @param model name of the model
 * @param version 1 for a model's first release
 * @param method what it learned by
 * @param representation name of the network that embeds
 * @param featureDim length of its embeddings
 * @param networks every network by name, the representation among them
 * @param tensors names of the other tensors the weights file holds
 * @param engine what it was trained on
 * @param weights file name inside the releases' directory
 * @param weightsSha256 its SHA-256, in hexadecimal
 * @param weightsBytes its length
 * @param preprocessing how an image becomes the network's input
 * @param preprocessingHash its name
 * @param topicId id of the topic learned from; empty without Kafka
 * @param offsets next offset by partition of what was learned from
 * @param step updates made
 * @param images stream images consumed
 * @param monitors metrics at this step by name
 * @param gate whether serving may use it
 * @param gateReason the metric that failed, or who decided; empty where there is nothing to say
 * @param provenance build, settings, seed
 * @param releasedAt when
 */
public record ReleaseManifest(
    int format,
    String model,
    long version,
    String method,
    String representation,
    int featureDim,
    Map<String, NetworkSpec> networks,
    java.util.List<String> tensors,
    EngineInfo engine,
    String weights,
    String weightsSha256,
    long weightsBytes,
    Preprocessing preprocessing,
    String preprocessingHash,
    String topicId,
    Map<Integer, PartitionPosition> offsets,
    long step,
    long images,
    Map<String, Double> monitors,
    State gate,
    @Nullable String gateReason,
    Map<String, String> provenance,
    Instant releasedAt) {
  /** The form this build writes. */
  public static final int FORMAT = 1;

  /** Where a release stands. */
  public enum State {
    /** Not checked by the gate yet. */
    CANDIDATE,

    /** Serving may use it. */
    PROMOTED,

    /** Serving must not use it. */
    REJECTED,

    /** Its weights are kept no longer. */
    RETIRED;

    /** As it is written in manifests. */
    @Override
    @JsonValue
    public String toString() {
      return Spelling.of(this);
    }
  }

  public ReleaseManifest {
    networks = Map.copyOf(networks);
    tensors = java.util.List.copyOf(tensors);
    offsets = Map.copyOf(offsets);
    monitors = Map.copyOf(monitors);
    provenance = Map.copyOf(provenance);
    gateReason = gateReason == null ? "" : gateReason;
    if (!networks.containsKey(representation)) {
      throw new IllegalArgumentException(
          "release "
              + model
              + "@"
              + version
              + " has networks "
              + networks.keySet()
              + " and names "
              + representation
              + " as its representation");
    }
  }

  /** {@code model@version}. */
  public String key() {
    return model + "@" + version;
  }

  /** The representation's specification. */
  public NetworkSpec network() {
    return java.util.Objects.requireNonNull(networks.get(representation));
  }

  /** The same release under another version. */
  ReleaseManifest withVersion(long newVersion) {
    return with(newVersion, gate, gateReason);
  }

  /** The same release with the gate's verdict. */
  ReleaseManifest withGate(State state, String reason) {
    return with(version, state, reason);
  }

  private ReleaseManifest with(long newVersion, State state, @Nullable String reason) {
    return new ReleaseManifest(
        format,
        model,
        newVersion,
        method,
        representation,
        featureDim,
        networks,
        tensors,
        engine,
        weights,
        weightsSha256,
        weightsBytes,
        preprocessing,
        preprocessingHash,
        topicId,
        offsets,
        step,
        images,
        monitors,
        state,
        reason,
        provenance,
        releasedAt);
  }

  /** As JSON in UTF-8. */
  public byte[] toJson() {
    return ReleaseJson.write(this);
  }

  /**
   * From JSON.
   *
   * @throws IOException when it is no manifest or one of a newer form
   */
  public static ReleaseManifest fromJson(byte[] json) throws IOException {
    ReleaseManifest manifest = ReleaseJson.read(json, ReleaseManifest.class);
    if (manifest.format != FORMAT) {
      throw new IOException(
          "release manifest of form " + manifest.format + ": this build reads form " + FORMAT);
    }
    return manifest;
  }
}
