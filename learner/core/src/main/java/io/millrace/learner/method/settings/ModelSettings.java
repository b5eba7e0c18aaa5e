package io.millrace.learner.method.settings;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.OneOf;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Truncation;
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
    @Doc("another method's loss on the same backbone") MixSettings mix,
    @Doc(
            "what is probed, released, embedded, searched and exported: the backbone's output, a "
                + "stage of it averaged over its map, both, or auto for what suits the method; "
                + "auto+layer3 for an earlier stage that suits it, else layer3 and output")
        @OneOf({
          "auto",
          "auto+layer3",
          "output",
          "layer1",
          "layer2",
          "layer3",
          "layer4",
          "layer1+output",
          "layer2+output",
          "layer3+output"
        })
        String representation) {
  /** The backbone's own output as representation. */
  public static final String OUTPUT = "output";

  private static final String AUTO = "auto";
  private static final String LAYER3 = "layer3";

  public ModelSettings {
    Allowed.check(
        ModelSettings.class, seed, backbone, preprocessing, alignment, past, mix, representation);
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
        MixSettings.defaults(),
        AUTO);
  }

  /** Seed 1, ResNet-18 at 32 pixels. */
  public static ModelSettings defaults() {
    return new ModelSettings(1, BackboneSettings.defaults(), Preprocessing.defaults());
  }

  /** The same with another seed. */
  public ModelSettings withSeed(long seed) {
    return new ModelSettings(seed, backbone, preprocessing, alignment, past, mix, representation);
  }

  /** The same with another backbone. */
  public ModelSettings withBackbone(BackboneSettings backbone) {
    return new ModelSettings(seed, backbone, preprocessing, alignment, past, mix, representation);
  }

  /** The same with another alignment. */
  public ModelSettings withAlignment(AlignmentSettings alignment) {
    return new ModelSettings(seed, backbone, preprocessing, alignment, past, mix, representation);
  }

  /** The same with another past. */
  public ModelSettings withPast(PastSettings past) {
    return new ModelSettings(seed, backbone, preprocessing, alignment, past, mix, representation);
  }

  /** The same with another mix. */
  public ModelSettings withMix(MixSettings mix) {
    return new ModelSettings(seed, backbone, preprocessing, alignment, past, mix, representation);
  }

  /** The same with another representation. */
  public ModelSettings withRepresentation(String representation) {
    return new ModelSettings(seed, backbone, preprocessing, alignment, past, mix, representation);
  }

  /**
   * The layer that represents images.
   *
   * @param suits the method, where nothing else is set and the backbone has it
   * @param spec the backbone
   * @return {@code output}, the name of a tap, or that with {@link Truncation#AND_OUTPUT}
   * @throws IllegalArgumentException where the backbone lacks what is set
   */
  public String layer(String suits, NetworkSpec spec) {
    if (representation.startsWith(AUTO)) {
      String own = spec.taps().contains(suits) ? suits : OUTPUT;
      boolean both =
          !representation.equals(AUTO)
              && (own.equals(OUTPUT) || own.equals(LAYER3))
              && spec.taps().contains(LAYER3);
      return both ? LAYER3 + Truncation.AND_OUTPUT : own;
    }
    if (!representation.equals(OUTPUT) && !spec.taps().contains(Truncation.tap(representation))) {
      throw new IllegalArgumentException(
          "model.representation is '"
              + representation
              + "': expected output, one of "
              + spec.taps()
              + " or one of them with "
              + Truncation.AND_OUTPUT);
    }
    return representation;
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
    settings.put("backbone", backbone.fixed());
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
