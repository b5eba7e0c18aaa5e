package io.millrace.learner.torch;

import io.millrace.learner.tensor.LayerException;
import java.util.List;
import java.util.function.BiConsumer;
import org.bytedeco.pytorch.Tensor;

/** Steps one after another. Intermediate results are released on the way. */
record CompiledSequence(List<Link> links) implements CompiledLayer {

  /**
   * A step under its name.
   *
   * @param path dotted name, for errors
   * @param name as the parent knows it
   * @param aside whether the next link gets this one's input, and the result is a tap alone
   * @param tapped whether somebody reads the result later
   */
  record Link(String path, String name, CompiledLayer step, boolean aside, boolean tapped) {}

  CompiledSequence {
    links = List.copyOf(links);
  }

  @Override
  public Tensor run(Tensor x, PassMode pass, boolean mayOverwrite) {
    return run(x, pass, mayOverwrite, (name, tap) -> {});
  }

  /** Runs, and tells the results of tapped links by name. */
  Tensor run(Tensor x, PassMode pass, boolean mayOverwrite, BiConsumer<String, Tensor> taps) {
    Tensor current = x;
    boolean free = mayOverwrite;
    boolean held = true;
    for (Link link : links) {
      if (link.aside()) {
        if (link.tapped()) {
          taps.accept(link.name(), runNamed(link, current, pass, false));
          free = false;
        }
        continue;
      }
      Tensor next = runNamed(link, current, pass, free);
      if (next != current) {
        if (!held) {
          current.close();
        }
        held = false;
      }
      free = link.step().leavesResultFree();
      if (link.tapped()) {
        taps.accept(link.name(), next);
        held = true;
        free = false;
      }
      current = next;
    }
    return current;
  }

  private static Tensor runNamed(Link link, Tensor x, PassMode pass, boolean mayOverwrite) {
    try {
      return link.step().run(x, pass, mayOverwrite);
    } catch (LayerException e) {
      throw e;
    } catch (RuntimeException e) {
      if (Native.isOutOfMemory(e)) {
        throw Native.readable(link.path(), e);
      }
      throw new LayerException(link.path(), Native.shapeOf(x), Native.firstLine(e), e);
    }
  }

  @Override
  public boolean leavesResultFree() {
    return !links.isEmpty()
        && links.stream().noneMatch(Link::aside)
        && links.get(links.size() - 1).step().leavesResultFree();
  }
}
