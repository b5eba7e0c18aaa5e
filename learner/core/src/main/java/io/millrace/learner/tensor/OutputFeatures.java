package io.millrace.learner.tensor;

import java.util.List;

/** How many features or channels a network gives, read off its specification. */
public final class OutputFeatures {
  private OutputFeatures() {}

  /** Features, or channels where the output is an image. */
  public static int of(NetworkSpec spec) {
    return after(spec.input().get(0), spec.children());
  }

  /** Channels (or features) of the output of the top-level child {@code tap}. */
  public static int of(NetworkSpec spec, String tap) {
    List<Layer.Named> children = spec.children();
    for (int i = 0; i < children.size(); i++) {
      if (children.get(i).name().equals(tap)) {
        int before = after(spec.input().get(0), children.subList(0, i));
        Layer tapped = children.get(i).layer();
        return after(before, tapped instanceof Layer.Aside aside ? aside.body() : tapped);
      }
    }
    throw new IllegalArgumentException(
        "network "
            + spec.name()
            + " has no child '"
            + tap
            + "'; it has "
            + children.stream().map(Layer.Named::name).toList());
  }

  private static int after(int features, List<Layer.Named> layers) {
    int f = features;
    for (Layer.Named named : layers) {
      f = after(f, named.layer());
    }
    return f;
  }

  private static int after(int features, Layer layer) {
    if (layer instanceof Layer.Conv2d c) {
      return c.out();
    } else if (layer instanceof Layer.ConvTranspose2d c) {
      return c.out();
    } else if (layer instanceof Layer.Linear l) {
      return l.out();
    } else if (layer instanceof Layer.WeightNormLinear l) {
      return l.out();
    } else if (layer instanceof Layer.ToImage t) {
      return t.channels();
    } else if (layer instanceof Layer.Sequential s) {
      return after(features, s.children());
    } else if (layer instanceof Layer.Residual r) {
      return after(features, r.body());
    }
    return features;
  }
}
