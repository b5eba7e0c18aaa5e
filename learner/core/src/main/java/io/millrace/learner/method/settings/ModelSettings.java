package io.millrace.learner.method.settings;

import io.millrace.ingest.settings.Doc;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.tensor.NetworkSpec;
import java.util.HashMap;
import java.util.Map;

/** What every method is built on. */
public record ModelSettings(
    @Doc("of all chance: initial weights, views, visual words") long seed,
    @Doc("the network that learns to see") BackboneSettings backbone,
    @Doc("an image's way into the network where chance has no part") Preprocessing preprocessing,
    @Doc("objective against forgetting, beside the method's own") AlignmentSettings alignment,
    @Doc("another objective against forgetting: what the network was is to be predicted")
        PastSettings past,
    @Doc("another method's loss on the same backbone") MixSettings mix) {
  public ModelSettings {
    backbone.requireSize("preprocessing.size", preprocessing.size());
  }

  /** The method's own loss alone. */
  public ModelSettings(long seed, BackboneSettings backbone, Preprocessing preprocessing) {
    this(
        seed,
        backbone,
        preprocessing,
        AlignmentSettings.defaults(),
        PastSettings.defaults(),
        MixSettings.defaults());
  }

  /** Seed 1, ResNet-18 at 32 pixels. */
  public static ModelSettings defaults() {
    return new ModelSettings(1, BackboneSettings.defaults(), Preprocessing.defaults());
  }

  /** The same with another seed. */
  public ModelSettings withSeed(long seed) {
    return new ModelSettings(seed, backbone, preprocessing, alignment, past, mix);
  }

  /** The same with another backbone. */
  public ModelSettings withBackbone(BackboneSettings backbone) {
    return new ModelSettings(seed, backbone, preprocessing, alignment, past, mix);
  }

  /** The same with another alignment. */
  public ModelSettings withAlignment(AlignmentSettings alignment) {
    return new ModelSettings(seed, backbone, preprocessing, alignment, past, mix);
  }

  /** The same with another past. */
  public ModelSettings withPast(PastSettings past) {
    return new ModelSettings(seed, backbone, preprocessing, alignment, past, mix);
  }

  /** The same with another mix. */
  public ModelSettings withMix(MixSettings mix) {
    return new ModelSettings(seed, backbone, preprocessing, alignment, past, mix);
  }

  /** The backbone under a name. */
  public NetworkSpec spec(String name) {
    return backbone.spec(name, preprocessing.size());
  }

  /** The same for a method's own loss alone. */
  public ModelSettings alone() {
    return new ModelSettings(seed, backbone, preprocessing);
  }

  /** Settings that make a model what it is: these, the architecture's, the optimizer's kind. */
  public Map<String, String> fixed(Map<String, ?> architecture, OptimizerSettings optimizer) {
    var settings = new HashMap<String, String>();
    architecture.forEach((key, value) -> settings.put(key, String.valueOf(value)));
    settings.put("seed", Long.toString(seed));
    settings.put("backbone", backbone.toString());
    settings.put("optimiser.kind", optimizer.kind().toString());
    if (alignment.active()) {
      settings.put("alignment.hidden", Integer.toString(alignment.hidden()));
    }
    if (past.active()) {
      settings.put("past.hidden", Integer.toString(past.hidden()));
    }
    return Map.copyOf(settings);
  }
}
