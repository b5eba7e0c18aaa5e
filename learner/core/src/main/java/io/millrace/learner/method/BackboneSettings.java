package io.millrace.learner.method;

import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.ResNets;
import java.util.List;

/**
 * The network that learns to see.
 *
 * @param architecture resnet18, resnet34 or resnet50
 * @param stem small (3×3, stride 1, for images of about 32 pixels) or large (7×7, stride 2,
 *     pooling)
 * @param width factor on every channel count, 0.125 to 4; 0.25 gives 16 channels in the first stage
 */
public record BackboneSettings(String architecture, String stem, double width) {
  private static final List<String> STEMS = List.of("small", "large");

  public BackboneSettings {
    if (!ResNets.names().contains(architecture)) {
      throw new IllegalArgumentException(
          "architecture is '" + architecture + "': expected one of " + ResNets.names());
    }
    if (!STEMS.contains(stem)) {
      throw new IllegalArgumentException("stem is '" + stem + "': expected one of " + STEMS);
    }
    if (!(width >= 0.125 && width <= 4)) {
      throw new IllegalArgumentException("width is " + width + ": expected 0.125 to 4");
    }
  }

  /** ResNet-18 with the small stem at its full width. */
  public static BackboneSettings defaults() {
    return new BackboneSettings("resnet18", "small", 1.0);
  }

  /** The same with another width. */
  public BackboneSettings withWidth(double width) {
    return new BackboneSettings(architecture, stem, width);
  }

  /** Length of the feature vector. */
  public int featureDimension() {
    return ResNets.featureDimension(architecture, width);
  }

  /** The network's specification under a name of its own. */
  NetworkSpec spec(String name, int size) {
    ResNets.Stem first = stem.equals("small") ? ResNets.Stem.SMALL : ResNets.Stem.LARGE;
    return ResNets.spec(name, architecture, first, width, size);
  }
}
