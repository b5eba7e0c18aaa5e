package io.millrace.learner.augment;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Views of one size: a crop, then color jitter, gray, blur and solarization in this order, then
 * normalization. What has probability 0 costs nothing.
 */
public final class ViewGroup {
  private static final float[] TO_ONE = {1 / 255f, 1 / 255f, 1 / 255f};
  private static final float[] NO_SHIFT = {0, 0, 0};

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
    if (batch.isOnHost()) {
      float[] views = onHost(batch.images(), ids, step, seed, engine.info().threads());
      try (Scope scope = engine.scope()) {
        return scope.keep(engine.tensor(views, (long) ids.size() * views(), 3, size(), size()));
      }
    }
    return onDevice(engine, batch, ids, step, seed);
  }

  /** The views as whole batches, by the engine; in no scope. */
  Tensor onDevice(Engine engine, PixelBatch batch, List<String> ids, long step, long seed) {
    try (Scope scope = engine.scope()) {
      ViewRandom draws = draws(ids, step, seed, false);
      var windows = new ArrayList<Window[]>();
      for (int i = 0; i < ids.size(); i++) {
        var image = batch.images().get(i);
        windows.add(crop.windows(image.width(), image.height(), draws, i));
      }
      Tensor views = Resampler.resample(engine, batch, windows, crop.size());
      ViewRandom colors = draws(ids, step, seed, colorsShared);
      for (ViewTransform transform : transforms) {
        views = transform.apply(engine, views, colors);
      }
      return scope.keep(views);
    }
  }

  /** The views one after another, [images · views, 3, size, size], in so many threads. */
  float[] onHost(List<PixelImage> images, List<String> ids, long step, long seed, int threads) {
    long all = 3L * size() * size() * views() * images.size();
    if (all > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          images.size()
              + " images with "
              + views()
              + " views of "
              + size()
              + " pixels are "
              + all
              + " numbers: expected less than 2³¹; take smaller batches");
    }
    float[] views = new float[(int) all];
    ViewRandom draws = draws(ids, step, seed, false);
    ViewRandom colors = draws(ids, step, seed, colorsShared);
    int parts = Math.max(1, Math.min(threads, images.size()));
    IntStream.range(0, parts)
        .parallel()
        .forEach(
            part -> {
              int end = (int) ((part + 1L) * images.size() / parts);
              for (int i = (int) ((long) part * images.size() / parts); i < end; i++) {
                write(images.get(i), i, draws, colors, views);
              }
            });
    return views;
  }

  private void write(
      PixelImage image, int index, ViewRandom draws, ViewRandom colors, float[] views) {
    int size = size();
    float[] view = new float[3 * size * size];
    Window[] windows = crop.windows(image.width(), image.height(), draws, index);
    for (int v = 0; v < windows.length; v++) {
      int row = index * windows.length + v;
      HostResampler.write(image, windows[v], size, TO_ONE, NO_SHIFT, view, 0);
      for (ViewTransform transform : transforms) {
        transform.change(view, size, row, colors);
      }
      System.arraycopy(view, 0, views, row * view.length, view.length);
    }
  }

  private ViewRandom draws(List<String> ids, long step, long seed, boolean shared) {
    return new ViewRandom(seed, name, ids, step, crop.views(), shared);
  }
}
