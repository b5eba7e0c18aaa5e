package io.millrace.learner.tensor;

import io.millrace.learner.tensor.Segment.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The canonical order of a network's parameters and running statistics: depth first, a layer's
 * weight before its bias, a residual's body before its shortcut. All engines share it, so a flat
 * vector means the same everywhere.
 */
public record SegmentLayout(List<Segment> parameters, List<Segment> statistics) {
  public SegmentLayout {
    parameters = List.copyOf(parameters);
    statistics = List.copyOf(statistics);
  }

  /** The layout of a network. */
  public static SegmentLayout of(NetworkSpec spec) {
    var builder = new Builder();
    builder.children("", spec.children());
    return new SegmentLayout(builder.parameters, builder.statistics);
  }

  /** A child's name under its parent's, where either may be empty. */
  public static String join(String parent, String child) {
    if (parent.isEmpty()) {
      return child;
    }
    return child.isEmpty() ? parent : parent + "." + child;
  }

  /** Elements of the flat parameter vector. */
  public long parameterCount() {
    return count(parameters);
  }

  /** Elements of the flat statistics vector. */
  public long statisticCount() {
    return count(statistics);
  }

  private static long count(List<Segment> segments) {
    if (segments.isEmpty()) {
      return 0;
    }
    Segment last = segments.get(segments.size() - 1);
    return last.offset() + last.size();
  }

  private static final class Builder {
    final List<Segment> parameters = new ArrayList<>();
    final List<Segment> statistics = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    void children(String prefix, List<Layer.Named> children) {
      for (Layer.Named child : children) {
        layer(join(prefix, child.name()), child.layer());
      }
    }

    private void layer(String at, Layer layer) {
      if (layer instanceof Layer.Conv2d c) {
        long k = (long) c.kernel() * c.kernel();
        add(
            parameters,
            at,
            "weight",
            Kind.CONV_WEIGHT,
            c.in() * k,
            c.out() * k,
            c.out(),
            c.in(),
            c.kernel(),
            c.kernel());
        if (c.bias()) {
          add(parameters, at, "bias", Kind.BIAS, c.in() * k, 0, c.out());
        }
      } else if (layer instanceof Layer.ConvTranspose2d c) {
        long k = (long) c.kernel() * c.kernel();
        add(
            parameters,
            at,
            "weight",
            Kind.CONV_WEIGHT,
            c.out() * k,
            c.in() * k,
            c.in(),
            c.out(),
            c.kernel(),
            c.kernel());
        if (c.bias()) {
          add(parameters, at, "bias", Kind.BIAS, c.out() * k, 0, c.out());
        }
      } else if (layer instanceof Layer.Linear l) {
        add(parameters, at, "weight", Kind.LINEAR_WEIGHT, l.in(), l.out(), l.out(), l.in());
        if (l.bias()) {
          add(parameters, at, "bias", Kind.BIAS, l.in(), 0, l.out());
        }
      } else if (layer instanceof Layer.WeightNormLinear l) {
        add(parameters, at, "weight_v", Kind.PROTOTYPES, l.in(), l.out(), l.out(), l.in());
      } else if (layer instanceof Layer.BatchNorm b) {
        if (b.affine()) {
          add(parameters, at, "weight", Kind.NORM_WEIGHT, 0, 0, b.features());
          add(parameters, at, "bias", Kind.NORM_BIAS, 0, 0, b.features());
        }
        add(statistics, at, "running_mean", Kind.RUNNING_MEAN, 0, 0, b.features());
        add(statistics, at, "running_var", Kind.RUNNING_VARIANCE, 0, 0, b.features());
      } else if (layer instanceof Layer.LayerNorm n) {
        add(parameters, at, "weight", Kind.NORM_WEIGHT, 0, 0, n.features());
        add(parameters, at, "bias", Kind.NORM_BIAS, 0, 0, n.features());
      } else if (layer instanceof Layer.PatchTokens t) {
        long tokens = 1 + (long) t.grid() * t.grid();
        add(parameters, at, "cls_token", Kind.EMBEDDING, 0, 0, 1, 1, t.features());
        add(parameters, at, "pos_embed", Kind.EMBEDDING, 0, 0, 1, tokens, t.features());
      } else if (layer instanceof Layer.SelfAttention a) {
        int f = a.features();
        layer(join(at, "qkv"), new Layer.Linear(f, 3 * f, true));
        layer(join(at, "proj"), new Layer.Linear(f, f, true));
      } else if (layer instanceof Layer.Aside a) {
        layer(at, a.body());
      } else if (layer instanceof Layer.Sequential s) {
        children(at, s.children());
      } else if (layer instanceof Layer.Residual r) {
        children(at, r.body());
        children(at, r.shortcut());
      }
    }

    private void add(
        List<Segment> to,
        String at,
        String leaf,
        Kind kind,
        long fanIn,
        long fanOut,
        long... shape) {
      String name = join(at, leaf);
      if (!names.add(name)) {
        throw new IllegalArgumentException("two tensors of a network are named '" + name + "'");
      }
      var lengths = new ArrayList<Long>();
      for (long s : shape) {
        lengths.add(s);
      }
      to.add(new Segment(name, count(to), lengths, kind, fanIn, fanOut));
    }
  }
}
