package io.millrace.learner.method.registry;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.MixSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.Pass;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.Teachers;
import io.millrace.learner.method.step.Trained;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.SegmentLayout;
import io.millrace.learner.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A method and another's loss on one backbone ({@link MixSettings}). It goes by the first one's
 * name and has its representation, hook and release. The backbone is updated once, by the first
 * one's optimiser, with the sum of both gradients; heads, teachers and queues are each method's
 * own, those of the other in the state under {@code mix.}
 *
 * <p>Figures: {@code ownWeight}, {@code ownLoss} (without the weight), {@code ownGradient} (norm of
 * the weighted derivative by the backbone's parameters), the same with {@code mix}, {@code
 * mixCosine} between both derivatives, and whatever the other method shows, after {@code mix.}; the
 * gradient norm is the backbone's.
 */
public final class MixedMethod extends SinglePassMethod {
  private static final String PREFIX = "mix.";

  private final MixSettings mix;
  private final SinglePassMethod own;
  private final SinglePassMethod other;
  private final List<Term> terms;

  /**
   * One of the two.
   *
   * @param prefix of its names in the state
   * @param figures how its figures begin
   * @param weight of its loss after so many updates
   */
  private record Term(
      SinglePassMethod method, String prefix, String figures, LongToDoubleFunction weight) {
    MethodState state(MethodState whole) {
      return whole.part(
          prefix, Set.of(method.backbone().name(), MethodState.REWARMS, MethodState.RATE_FACTOR));
    }
  }

  /**
   * @param own the method, without what {@code model} asks it to carry
   * @param other the one mixed in, likewise
   */
  public MixedMethod(ModelSettings model, SinglePassMethod own, SinglePassMethod other) {
    super(
        own.name(),
        model,
        own.backbone(),
        List.of(own.backbone().name()),
        "backboneUpdates",
        own.optimiser(),
        own.learningRate(),
        own.settings() + " with " + model.mix() + " of " + other.settings());
    if (!SegmentLayout.of(own.backbone()).equals(SegmentLayout.of(other.backbone()))
        || !own.backbone().name().equals(other.backbone().name())
        || !own.backbone().taps().containsAll(other.backbone().taps())) {
      throw new IllegalArgumentException(
          "mix.method is '"
              + other.name()
              + "': expected one with the backbone that "
              + own.name()
              + " has");
    }
    this.mix = model.mix();
    this.own = own;
    this.other = other;
    this.terms =
        List.of(
            new Term(own, "", "own", mix::ownWeight), new Term(other, PREFIX, "mix", mix::weight));
  }

  @Override
  public String representation() {
    return own.representation();
  }

  @Override
  public String bestLayer() {
    return own.bestLayer();
  }

  @Override
  public void requireInputs() {
    own.requireInputs();
    other.requireInputs();
  }

  @Override
  public Map<String, ?> architecture() {
    var all = new HashMap<String, Object>(own.architecture());
    all.put("mix.method", other.name());
    all.put("mix.optimiser.kind", other.optimiser().kind().toString());
    other.architecture().forEach((key, value) -> all.put(PREFIX + key, value));
    return all;
  }

  @Override
  public boolean releases(String network) {
    return !network.startsWith(PREFIX) && own.releases(network);
  }

  @Override
  public Set<String> releasedTensors() {
    return own.releasedTensors();
  }

  @Override
  public Optional<AuxiliaryHook> hook() {
    return own.hook();
  }

  @Override
  public Map<String, Double> figures(MethodState state, EvalView view, List<PixelImage> images) {
    var out = new HashMap<String, Double>();
    for (Term term : terms) {
      term.method()
          .figures(term.state(state), view, images)
          .forEach((name, value) -> out.put(term.prefix() + name, value));
    }
    return out;
  }

  @Override
  public void build(MethodState state) {
    add(state, backbone());
    for (Term term : terms) {
      MethodState part = term.state(state);
      term.method().build(part);
      term.method().heads().addMemory(part);
    }
  }

  @Override
  public void learn(Pass pass) {
    Network shared = pass.state().network(backbone().name());
    long update = trained().updates(pass.state());
    Tensor loss = null;
    Tensor uninformed = null;
    Tensor before = null;
    for (Term term : terms) {
      double weight = term.weight().applyAsDouble(update);
      pass.count(term.figures() + "Weight", weight);
      if (weight == 0) {
        continue;
      }
      Pass part = pass.part(term.prefix(), term.state(pass.state()), weight);
      term.method().learn(part);
      loss = sum(loss, part.loss().mul(weight));
      uninformed = sum(uninformed, part.uninformedLoss().mul(weight));
      pass.figure(term.figures() + "Loss", part.loss());
      Tensor gradient = before == null ? shared.gradients() : shared.gradients().sub(before);
      pass.figure(term.figures() + "Gradient", norm(gradient));
      if (before != null) {
        pass.figure("mixCosine", cosine(before, gradient));
      }
      before = gradient.copy();
    }
    pass.loss(Objects.requireNonNull(loss));
    pass.uninformed(Objects.requireNonNull(uninformed));
  }

  private static Tensor sum(@Nullable Tensor before, Tensor term) {
    return before == null ? term : before.add(term);
  }

  private static Tensor norm(Tensor gradient) {
    return gradient.mul(gradient).sum(false).sqrt();
  }

  private static Tensor cosine(Tensor a, Tensor b) {
    Tensor norms = norm(a).mul(norm(b)).clamp(1e-30, Double.POSITIVE_INFINITY);
    return a.mul(b).sum(false).div(norms);
  }

  /** Nothing is updated before all gradients are known to be numbers. */
  @Override
  public void beforeUpdate(Pass pass) {
    trained().requireFinite(pass.state());
    for (Term term : terms) {
      if (pass.hasPart(term.prefix())) {
        term.method().heads().requireFinite(pass.part(term.prefix()).state());
      }
    }
    for (Term term : terms) {
      if (pass.hasPart(term.prefix())) {
        term.method().beforeUpdate(pass.part(term.prefix()));
      }
    }
  }

  @Override
  public double teacherMomentum(MethodState state) {
    return own.teacherMomentum(state);
  }

  @Override
  public void afterUpdate(Pass pass) {
    long update = trained().updates(pass.state()) - 1;
    for (Term term : terms) {
      if (pass.hasPart(term.prefix())) {
        Pass part = pass.part(term.prefix());
        Trained heads = term.method().heads();
        heads.update(
            part.state(),
            heads.rate(part.state(), term.method().learningRate(), part.batch().size()));
        term.method().follow(part);
      } else if (mix.wakes(update)) {
        MethodState asleep = term.state(pass.state());
        term.method()
            .teachers()
            .forEach((teacher, student) -> Teachers.replace(asleep, teacher, student));
      }
    }
  }
}
