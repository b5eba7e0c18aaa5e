package io.millrace.learner.augment;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Views of one size: a crop, then color jitter, gray, blur and solarization in this order, then
 * normalization. What has probability 0 costs nothing.
 */
public final class ViewGroup {
  private final String name;
  private final Crop crop;
  private final List<ViewTransform> transforms;
  private final boolean colorsShared;

  private ViewGroup(String name, Crop crop, List<ViewTransform> transforms, boolean colorsShared) {
    this.name = name;
    this.crop = crop;
    this.transforms = List.copyOf(transforms);
    this.colorsShared = colorsShared;
  }

  /** Random resized crops. */
  public static ViewGroup crops(String name, ViewSettings s, Preprocessing preprocessing) {
    return new ViewGroup(
        name,
        new RandomResizedCrop(s.views(), s.size(), s.minScale(), s.maxScale(), s.flip()),
        transforms(s, true, preprocessing),
        false);
  }

  /** Patches, in the colors of {@code colors} without blur and solarization. */
  public static ViewGroup patches(
      String name, PatchSettings p, ViewSettings colors, Preprocessing preprocessing) {
    return new ViewGroup(
        name,
        new PatchCrop(
            p.views(), p.size(), p.resize(), p.shift(), p.minScale(), p.maxScale(), colors.flip()),
        transforms(colors, false, preprocessing),
        true);
  }

  /** The nine patches of a grid in reading order, colors dropped from each by itself. */
  public static ViewGroup patchGrid(String name, PatchGridSettings p, Preprocessing preprocessing) {
    return new ViewGroup(
        name,
        p.crop(),
        p.colorDrop() > 0
            ? List.of(
                new ColorDrop(p.colorDrop(), preprocessing.mean()), new Normalize(preprocessing))
            : List.of(new Normalize(preprocessing)),
        false);
  }

  /** The nine tiles of a jigsaw puzzle in reading order, each normalized by itself. */
  public static ViewGroup tiles(String name, TileSettings t) {
    return new ViewGroup(
        name, t.crop(), List.of(new Grayscale(t.gray()), new TileNormalize()), true);
  }

  /** The view of evaluation, mirrored with a probability. */
  public static ViewGroup center(String name, double flip, Preprocessing preprocessing) {
    return new ViewGroup(
        name,
        new CenterCrop(preprocessing.shorterSide(), preprocessing.size(), flip),
        List.of(new Normalize(preprocessing)),
        false);
  }

  private static List<ViewTransform> transforms(
      ViewSettings s, boolean blurToo, Preprocessing preprocessing) {
    var transforms = new ArrayList<ViewTransform>();
    if (s.jitter() > 0) {
      transforms.add(
          new ColorJitter(s.jitter(), s.brightness(), s.contrast(), s.saturation(), s.hue()));
    }
    if (s.gray() > 0) {
      transforms.add(new Grayscale(s.gray()));
    }
    if (blurToo && s.blur() > 0) {
      transforms.add(new GaussianBlur(s.blur(), s.blurMinSigma(), s.blurMaxSigma()));
    }
    if (blurToo && s.solarize() > 0) {
      transforms.add(new Solarize(s.solarize()));
    }
    transforms.add(new Normalize(preprocessing));
    return transforms;
  }

  /** Name, part of the key of this group's chance. */
  public String name() {
    return name;
  }

  /** Views of each image. */
  public int views() {
    return crop.views();
  }

  /** Side of a view in pixels. */
  public int size() {
    return crop.size();
  }

  /**
   * The views of a batch.
   *
   * @param batch the images
   * @param ids their ids, for chance
   * @param step the update's number, for chance
   * @param seed the run's seed
   * @return [images · views, 3, size, size], the views of one image adjacent; in no scope: the
   *     caller closes it
   */
  public Tensor of(Engine engine, PixelBatch batch, List<String> ids, long step, long seed) {
    try (Scope scope = engine.scope()) {
      var draws = new ViewRandom(seed, name, ids, step, crop.views(), false);
      var windows = new ArrayList<Window[]>();
      for (int i = 0; i < ids.size(); i++) {
        var image = batch.images().get(i);
        windows.add(crop.windows(image.width(), image.height(), draws, i));
      }
      Tensor views = Resampler.resample(engine, batch, windows, crop.size());
      var colors = new ViewRandom(seed, name, ids, step, crop.views(), colorsShared);
      for (ViewTransform transform : transforms) {
        views = transform.apply(engine, views, colors);
      }
      return scope.keep(views);
    }
  }
}
