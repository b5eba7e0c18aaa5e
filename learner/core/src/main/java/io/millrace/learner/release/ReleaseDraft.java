package io.millrace.learner.release;

import io.millrace.ingest.feed.FeedPosition;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.NetworkSpec;
import java.util.Map;
import java.util.Set;

/**
 * A model about to be released: a manifest without version, weights file and time.
 *
 * @param networks every network by name
 * @param tensors names of the state's tensors to release with them
 * @param images stream images consumed
 */
public record ReleaseDraft(
    String model,
    String method,
    String representation,
    int featureDim,
    Map<String, NetworkSpec> networks,
    Set<String> tensors,
    StateSnapshot state,
    EngineInfo engine,
    Preprocessing preprocessing,
    FeedPosition position,
    long step,
    long images,
    Map<String, Double> monitors,
    Map<String, String> provenance) {}
