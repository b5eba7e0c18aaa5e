package io.millrace.ops.experiment;

import io.millrace.ingest.source.ImageSet;
import io.millrace.ingest.source.ImageSource;
import io.millrace.learner.auxiliary.AuxiliaryTrainer;
import io.millrace.learner.evaluate.LabelFraction;
import io.millrace.learner.method.Method;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.tensor.SegmentLayout;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.UserError;
import java.util.ArrayList;
import java.util.List;

/** What has to fit before anything is decoded or trained. */
final class FineTuneChecks {
  private FineTuneChecks() {}

  /**
   * Checks the plan against the release.
   *
   * @param auxiliary the auxiliary loss's method
   * @throws ConfigException when its network is another one than the release's
   */
  static void requireSameNetwork(
      MillraceConfig config, Method auxiliary, ReleaseManifest manifest) {
    SegmentLayout own = SegmentLayout.of(AuxiliaryTrainer.singlePass(auxiliary).backbone());
    SegmentLayout released = SegmentLayout.of(manifest.network());
    if (!own.equals(released)) {
      throw new ConfigException(
          "model.backbone is "
              + config.model().backbone()
              + " with "
              + own.parameterCount()
              + " parameters: expected the network of "
              + manifest.key()
              + ", which has "
              + released.parameterCount()
              + " (such as --set model.backbone.width=0.125 for a demo's)");
    }
  }

  /**
   * Checks the name to publish as.
   *
   * @throws ConfigException when it is the release's own model
   */
  static void requireAnotherModel(FineTunePlan plan, ReleaseManifest manifest) {
    if (manifest.model().equals(plan.publish())) {
      throw new ConfigException(
          "--publish is '"
              + plan.publish()
              + "': expected another model than the release's own, which its learner publishes");
    }
  }

  /**
   * Checks labels and shares, for which nothing is decoded.
   *
   * @param data names the source
   * @throws UserError without two classes and held-out images
   * @throws ConfigException when a share of the labels leaves a class without an image
   */
  static void requireLabels(FineTunePlan plan, String data, ImageSource source) {
    List<String> classes = source.labels();
    ImageSet set = source.stream();
    if (classes.size() < 2 || source.heldOut().count() < 1) {
      throw new UserError(
          data
              + " has "
              + classes.size()
              + " classes and "
              + source.heldOut().count()
              + " held-out images: expected two classes or more, and some images");
    }
    List<Integer> labels = new ArrayList<>();
    for (long index : LoadedImages.order(set, plan.trainImages(), plan.seed())) {
      String label = set.label(index);
      if (label != null) {
        labels.add(classes.indexOf(label));
      }
    }
    for (double fraction : plan.fractions()) {
      try {
        LabelFraction.of(labels, classes, fraction, plan.seed());
      } catch (IllegalArgumentException e) {
        throw new ConfigException("--" + e.getMessage().replaceFirst("label f", "label-f"));
      }
    }
  }
}
