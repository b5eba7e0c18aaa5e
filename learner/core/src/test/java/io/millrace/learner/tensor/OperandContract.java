package io.millrace.learner.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * Every tensor operation on every kind of operand: views, tensors without elements, numbers at the
 * edge, tensors that are closed, that belong to another engine, that do not fit.
 */
public abstract class OperandContract extends PortContract {
  private static final double INF = Double.POSITIVE_INFINITY;
  private static final double OUTSIDE = 99;

  /** Operations of one operand, on a square. */
  private static final Map<String, UnaryOperator<Tensor>> UNARY = unary();

  /** Operations of two operands, on squares. */
  private static final Map<String, BinaryOperator<Tensor>> BINARY = binary();

  /** Operations that write into their first operand. */
  private static final Map<String, BinaryOperator<Tensor>> IN_PLACE = inPlace();

  private static Map<String, UnaryOperator<Tensor>> unary() {
    var all = elementwise();
    all.put("sum all", t -> t.sum(false));
    all.put("sum rows", t -> t.sum(false, 0));
    all.put("sum columns", t -> t.sum(true, 1));
    all.put("mean all", t -> t.mean(true));
    all.put("mean rows", t -> t.mean(true, -2));
    all.put("mean columns", t -> t.mean(false, 1));
    all.put("max", t -> t.max(false, 0));
    all.put("min", t -> t.min(true, 1));
    all.put("argmax of columns", t -> t.argmax(0));
    all.put("argmax of rows", t -> t.argmax(1));
    all.put("softmax of columns", t -> t.softmax(0));
    all.put("softmax", t -> t.softmax(1));
    all.put("logSoftmax of columns", t -> t.logSoftmax(0));
    all.put("logSoftmax", t -> t.logSoftmax(1));
    all.put("reshape", t -> t.reshape(-1));
    all.put("reshape to three", t -> t.reshape(3, -1, 1));
    all.put("permute", t -> t.permute(1, 0));
    all.put("slice rows", t -> t.slice(0, 1, 3));
    all.put("slice columns", t -> t.slice(1, 0, 2));
    all.put("select rows", t -> t.select(0, 2, 0));
    all.put("select columns", t -> t.select(1, 1, 1, 0));
    all.put("copy", Tensor::copy);
    return all;
  }

  /** Of these a NaN among the elements stays one. */
  private static Map<String, UnaryOperator<Tensor>> elementwise() {
    var all = new LinkedHashMap<String, UnaryOperator<Tensor>>();
    all.put("add a number", t -> t.add(0.5));
    all.put("mul by a number", t -> t.mul(-2));
    all.put("pow", t -> t.pow(2));
    all.put("exp", Tensor::exp);
    all.put("log", Tensor::log);
    all.put("sqrt", Tensor::sqrt);
    all.put("abs", Tensor::abs);
    all.put("floor", Tensor::floor);
    all.put("sigmoid", Tensor::sigmoid);
    all.put("tanh", Tensor::tanh);
    all.put("clamp", t -> t.clamp(0.2, 0.8));
    all.put("clamp above", t -> t.clamp(-INF, 0.8));
    all.put("clamp below", t -> t.clamp(0.2, INF));
    return all;
  }

  private static Map<String, BinaryOperator<Tensor>> binary() {
    var all = arithmetic();
    all.put("greater", Tensor::greater);
    all.put("equalTo", Tensor::equalTo);
    all.put("matmul", Tensor::matmul);
    return all;
  }

  private static Map<String, BinaryOperator<Tensor>> arithmetic() {
    var all = new LinkedHashMap<String, BinaryOperator<Tensor>>();
    all.put("add", Tensor::add);
    all.put("sub", Tensor::sub);
    all.put("mul", Tensor::mul);
    all.put("div", Tensor::div);
    all.put("maximum", Tensor::maximum);
    all.put("minimum", Tensor::minimum);
    return all;
  }

  private static Map<String, BinaryOperator<Tensor>> inPlace() {
    var all = new LinkedHashMap<String, BinaryOperator<Tensor>>();
    all.put("copyIn", Tensor::copyIn);
    all.put("addIn", (t, other) -> t.addIn(-2, other));
    all.put("addIn once", (t, other) -> t.addIn(1, other));
    all.put("lerpIn", (t, other) -> t.lerpIn(other, 0.3));
    all.put("scaleIn", (t, other) -> t.scaleIn(3));
    all.put("fillIn", (t, other) -> t.fillIn(7));
    return all;
  }

  /** Positive, so that every function is defined. */
  private static HostArray square(long seed) {
    return HostArray.random(seed, 3, 3).map(Math::abs);
  }

  private static HostArray turned(HostArray square) {
    HostArray turned = HostArray.zeros(3, 3);
    for (int n = 0; n < 9; n++) {
      long[] i = square.index(n);
      turned.set(square.values()[n], i[1], i[0]);
    }
    return turned;
  }

  /** Tensors with the square's elements: with storage of their own, then parts of something. */
  private List<Tensor> seen(HostArray square) {
    Tensor rows = around(5, 3).slice(0, 1, 4).copyIn(square.on(engine));
    Tensor columns = around(3, 5).slice(1, 2, 5).copyIn(square.on(engine));
    Tensor corner = around(5, 4).slice(0, 2, 5).slice(1, 0, 3).copyIn(square.on(engine));
    Tensor turned = turned(square).on(engine).permute(1, 0);
    Tensor turnedColumns = around(3, 5).slice(1, 1, 4).copyIn(turned(square).on(engine));
    return List.of(square.on(engine), rows, columns, corner, turned, turnedColumns.permute(1, 0));
  }

  private Tensor around(long... shape) {
    return engine.zeros(shape).fillIn(OUTSIDE);
  }

  @Test
  void viewsAreOperandsLikeOthers() {
    HostArray a = square(1);
    HostArray b = square(2);
    try (Scope scope = engine.scope()) {
      for (Tensor view : seen(a)) {
        assertSame(view, a);
        assertThat(view.toFloats()).hasSize(9).startsWith((float) a.at(0, 0), (float) a.at(0, 1));
        UNARY.forEach((name, work) -> sameAs(name, work.apply(view), work.apply(a.on(engine))));
        for (Tensor other : seen(b)) {
          BINARY.forEach(
              (name, work) ->
                  sameAs(name, work.apply(view, other), work.apply(a.on(engine), b.on(engine))));
          sameAs(
              "concat",
              engine.concat(1, List.of(view, other)),
              engine.concat(1, List.of(a.on(engine), b.on(engine))));
        }
      }
    }
  }

  private void sameAs(String operation, Tensor actual, Tensor expected) {
    assertThat(actual.shape()).as(operation).isEqualTo(expected.shape());
    assertSame(actual, HostArray.of(expected));
  }

  @Test
  void writingIntoAViewWritesNothingElse() {
    HostArray a = square(3);
    HostArray b = square(4);
    try (Scope scope = engine.scope()) {
      IN_PLACE.forEach(
          (name, work) -> {
            HostArray expected = HostArray.of(work.apply(a.on(engine), b.on(engine)));
            for (Tensor other : seen(b)) {
              for (Tensor view : seen(a)) {
                assertThat(work.apply(view, other)).as(name).isSameAs(view);
                assertSame(view, expected);
                assertSame(other, b);
              }
              Tensor whole = around(4, 5);
              assertSame(
                  work.apply(whole.slice(0, 1, 4).slice(1, 0, 3).copyIn(a.on(engine)), other),
                  expected);
              assertThat(Arrays.stream(whole.toDoubles()).filter(v -> v == OUTSIDE).count())
                  .as(name)
                  .isEqualTo(11);
            }
          });
    }
  }

  @Test
  void aTensorMayBeItsOwnOperand() {
    HostArray a = square(5);
    try (Scope scope = engine.scope()) {
      Tensor t = a.on(engine);
      assertSame(t.add(t), a.map(v -> 2 * v));
      assertSame(t.copyIn(t), a);
      assertSame(t.lerpIn(t, 0.3), a);
      assertSame(t.addIn(2, t), a.map(v -> 3 * v));
      assertSame(t.addIn(1, t), a.map(v -> 6 * v));
    }
  }

  @Test
  void tensorsWithoutElementsKeepTheirShapes() {
    try (Scope scope = engine.scope()) {
      Tensor none = engine.zeros(0, 3);
      elementwise().forEach((name, work) -> shape(name, work.apply(none), 0, 3));
      arithmetic()
          .forEach(
              (name, work) -> {
                shape(name, work.apply(none, engine.zeros(1, 3)), 0, 3);
                shape(name, work.apply(engine.zeros(3), none), 0, 3);
              });
      shape("greater", none.greater(none), 0, 3);
      shape("equalTo", none.equalTo(engine.zeros()), 0, 3);
      inPlace()
          .forEach((name, work) -> shape(name, work.apply(none.copy(), engine.zeros(3)), 0, 3));
      assertSame(none.sum(false, 0), HostArray.zeros(3));
      assertSame(none.sum(true), HostArray.zeros(1, 1));
      shape("sum", none.sum(false, 1), 0);
      assertThat(none.mean(false).item()).isNaN();
      assertThat(none.mean(false, 0).toDoubles()).containsOnly(Double.NaN).hasSize(3);
      shape("mean", none.mean(true, 1), 0, 1);
      shape("max", none.max(false, 1), 0);
      shape("min", none.min(true, 1), 0, 1);
      shape("argmax", none.argmax(1), 0);
      shape("softmax", none.softmax(0), 0, 3);
      shape("logSoftmax", none.logSoftmax(1), 0, 3);
      shape("matmul", none.matmul(engine.zeros(3, 2)), 0, 2);
      assertSame(engine.zeros(2, 0).matmul(none), HostArray.zeros(2, 3));
      shape("reshape", none.reshape(3, 0, 2), 3, 0, 2);
      shape("permute", none.permute(1, 0), 3, 0);
      shape("slice", none.slice(1, 1, 3), 0, 2);
      shape("select", none.select(1, 2, 2, 0, 1), 0, 4);
      shape("select nothing", engine.zeros(2, 3).select(0), 0, 3);
      shape("oneHot", engine.zeros(0).oneHot(4), 0, 4);
      assertSame(
          engine.concat(0, List.of(none, engine.zeros(2, 3).fillIn(1), none)),
          HostArray.zeros(2, 3).map(v -> 1));
      shape("concat", engine.concat(0, List.of(none, none)), 0, 3);
      assertThat(none.toDoubles()).isEmpty();
    }
  }

  private static void shape(String operation, Tensor actual, long... expected) {
    assertThat(actual.shape()).as(operation).containsExactly(expected);
    assertThat(actual.toFloats()).as(operation).isEmpty();
  }

  @Test
  void theEdgesOfTheNumbers() {
    try (Scope scope = engine.scope()) {
      Tensor t = engine.tensor(new double[] {0, -1, 1000, -1000, INF, -INF}, 6);
      same(t.log(), -INF, Double.NaN, Math.log(1000), Double.NaN, INF, Double.NaN);
      same(t.sqrt(), 0, Double.NaN, Math.sqrt(1000), Double.NaN, INF, Double.NaN);
      same(t.exp(), 1, Math.exp(-1), INF, 0, INF, 0);
      same(t.sigmoid(), 0.5, 1 / (1 + Math.E), 1, 0, 1, 0);
      same(t.tanh(), 0, Math.tanh(-1), 1, -1, 1, -1);
      same(t.abs(), 0, 1, 1000, 1000, INF, INF);
      same(t.pow(-1), INF, -1, 1e-3, -1e-3, 0, 0);
      same(t.clamp(-10, 10), 0, -1, 10, -10, 10, -10);
      same(t.add(0.5).floor(), 0, -1, 1000, -1000, INF, -INF);
      Tensor zero = engine.zeros();
      same(t.div(zero), Double.NaN, -INF, INF, -INF, INF, -INF);
      same(t.greater(zero), 0, 0, 1, 0, 1, 0);
      same(t.maximum(zero), 0, 0, 1000, 0, INF, 0);
      same(t.minimum(zero), 0, -1, 0, -1000, 0, -INF);
      assertThat(t.max(false, 0).item()).isEqualTo(INF);
      assertThat(t.min(false, 0).item()).isEqualTo(-INF);
      assertThat(t.argmax(0).item()).isEqualTo(4);
      assertThat(t.sum(false).item()).isNaN();
      Tensor masked = engine.tensor(new double[] {-INF, 0, 0}, 3);
      same(masked.softmax(0), 0, 0.5, 0.5);
      same(masked.logSoftmax(0), -INF, -Math.log(2), -Math.log(2));
    }
  }

  private void same(Tensor actual, double... expected) {
    assertSame(actual, new HostArray(expected, expected.length));
  }

  /** A loss that is not finite must be seen as one, whatever it went through. */
  @Test
  void notANumberStaysOne() {
    try (Scope scope = engine.scope()) {
      Tensor t = engine.tensor(new double[] {Double.NaN, 1}, 2);
      Tensor one = engine.zeros(2).fillIn(1);
      elementwise()
          .forEach((name, work) -> assertThat(work.apply(t).toDoubles()[0]).as(name).isNaN());
      arithmetic()
          .forEach(
              (name, work) -> {
                assertThat(work.apply(t, one).toDoubles()[0]).as(name).isNaN();
                assertThat(work.apply(one, t).toDoubles()[0]).as(name).isNaN();
              });
      same(t.greater(one), 0, 0);
      same(t.equalTo(t), 0, 1);
      for (Tensor reduced :
          List.of(t.sum(false), t.mean(false), t.max(false, 0), t.min(false, 0))) {
        assertThat(reduced.item()).isNaN();
      }
      assertThat(t.softmax(0).toDoubles()).containsOnly(Double.NaN);
      assertThat(t.logSoftmax(0).toDoubles()).containsOnly(Double.NaN);
      assertThat(t.reshape(1, 2).matmul(one.reshape(2, 1)).item()).isNaN();
      assertThat(one.addIn(1, t).toDoubles()[0]).isNaN();
      assertThat(one.lerpIn(t, 0.5).toDoubles()[0]).isNaN();
    }
  }

  @Test
  void aClosedTensorIsRefusedByEveryOperation() {
    try (Scope scope = engine.scope()) {
      Tensor open = square(6).on(engine);
      Tensor closed = engine.zeros(3, 3);
      closed.close();
      UNARY.forEach((name, work) -> assertClosed(name, () -> work.apply(closed)));
      for (Map<String, BinaryOperator<Tensor>> some : List.of(BINARY, IN_PLACE)) {
        some.forEach((name, work) -> assertClosed(name, () -> work.apply(closed, open)));
      }
      BINARY.forEach((name, work) -> assertClosed(name, () -> work.apply(open, closed)));
      assertClosed("copyIn", () -> open.copyIn(closed));
      assertClosed("addIn", () -> open.addIn(2, closed));
      assertClosed("lerpIn", () -> open.lerpIn(closed, 0.5));
      assertClosed("concat", () -> engine.concat(0, List.of(open, closed)));
      assertClosed("oneHot", () -> closed.oneHot(2));
      assertClosed("toFloats", closed::toFloats);
      assertClosed("toDoubles", closed::toDoubles);
      Tensor scalar = engine.zeros();
      scalar.close();
      assertClosed("item", scalar::item);
      assertThat(closed.shape()).containsExactly(3, 3);
    }
  }

  private static void assertClosed(String operation, ThrowingCallable work) {
    assertThatThrownBy(work)
        .as(operation)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void enginesDoNotMix() {
    NetworkSpec spec = Specs.vector("fc", 3, Specs.named("fc", new Layer.Linear(3, 3, true)));
    try (Engine other = open(precision());
        Scope scope = engine.scope();
        Scope otherScope = other.scope();
        Network network = engine.network(spec)) {
      Tensor own = engine.zeros(3, 3);
      Tensor stranger = other.zeros(3, 3);
      BINARY.forEach(
          (name, work) -> assertWrong("another engine", () -> work.apply(own, stranger)));
      assertWrong("another engine", () -> own.copyIn(stranger));
      assertWrong("another engine", () -> own.addIn(1, stranger));
      assertWrong("another engine", () -> own.lerpIn(stranger, 0.5));
      assertWrong("another engine", () -> engine.concat(0, List.of(own, stranger)));
      assertWrong("another engine", () -> scope.keep(stranger));
      assertWrong("another engine", () -> network.forward(stranger, Mode.EVAL));
      try (Activations pass = network.forward(own, Mode.TRAIN)) {
        assertWrong("another engine", () -> pass.backward(stranger, false));
        assertThat(pass.backward(own, true)).isNotNull();
      }
    }
  }

  @Test
  void misfitsNameTheOperationAndTheShapes() {
    try (Scope scope = engine.scope()) {
      Tensor a = engine.zeros(2, 3);
      Tensor b = engine.zeros(4);
      Tensor row = engine.zeros(3);
      Tensor none = engine.zeros(2, 0);
      BINARY.forEach(
          (name, work) -> {
            assertWrong(name + ": shapes [2, 3] and [4]", () -> work.apply(a, b));
            assertWrong(name + ": shapes [4] and [2, 3]", () -> work.apply(b, a));
          });
      assertWrong("matmul: shapes [2, 3] and [2, 3]", () -> a.matmul(a));
      assertWrong("copyIn: shapes [4] and [2, 3]", () -> a.copyIn(b));
      assertWrong("addIn: shape [2, 3] does not broadcast to [3]", () -> row.addIn(1, a));
      assertWrong("lerpIn: shape [2, 3] does not broadcast to [3]", () -> row.lerpIn(a, 0.5));
      assertWrong("reshape: shape [2, 3] does not become [4, -1]", () -> a.reshape(4, -1));
      assertWrong("reshape: shape [2, 3] does not become [7]", () -> a.reshape(7));
      assertWrong("reshape", () -> a.reshape(-1, -1));
      assertWrong("permute: dimensions [0] do not order shape [2, 3]", () -> a.permute(0));
      assertWrong("permute: dimensions [0, 0] of shape [2, 3] repeat", () -> a.permute(0, 0));
      assertWrong(
          "slice: [1, 4) does not lie in dimension 1 of shape [2, 3]", () -> a.slice(1, 1, 4));
      assertWrong("slice: [-1, 1)", () -> a.slice(0, -1, 1));
      assertWrong("slice: [2, 1)", () -> a.slice(0, 2, 1));
      assertWrong("slice: dimension 2 does not exist in shape [2, 3]", () -> a.slice(2, 0, 1));
      assertWrong("select: index 2 does not lie in dimension 0", () -> a.select(0, 2));
      assertWrong("select: index -1", () -> a.select(0, -1));
      assertWrong("select: dimension -3", () -> a.select(-3, 0));
      assertWrong("sum: dimension 2 does not exist in shape [2, 3]", () -> a.sum(false, 2));
      assertWrong("sum: dimensions [1, -1] of shape [2, 3] repeat", () -> a.sum(false, 1, -1));
      assertWrong("mean: dimension -3", () -> a.mean(false, -3));
      assertWrong("max: dimension 2", () -> a.max(false, 2));
      assertWrong("max: dimension 1 of shape [2, 0] is empty", () -> none.max(false, 1));
      assertWrong("min: dimension 2", () -> a.min(false, 2));
      assertWrong("min: dimension 1 of shape [2, 0] is empty", () -> none.min(false, 1));
      assertWrong("argmax: dimension 2", () -> a.argmax(2));
      assertWrong("argmax: dimension 1 of shape [2, 0] is empty", () -> none.argmax(-1));
      assertWrong("softmax: dimension 2", () -> a.softmax(2));
      assertWrong("logSoftmax: dimension 0 does not exist in shape []", this::logOfAScalar);
      assertWrong("size: dimension 2 does not exist in shape [2, 3]", () -> a.size(2));
      assertWrong("oneHot: index 3.0 in shape [1] is not a class of 3", () -> oneHot(3));
      assertWrong("oneHot: index -1.0", () -> oneHot(-1));
      assertWrong("oneHot: index 0.5", () -> oneHot(0.5));
      assertWrong("concat: nothing to join", () -> engine.concat(0, List.of()));
      assertWrong("concat: dimension 2", () -> engine.concat(2, List.of(a)));
      assertWrong("concat: shapes [2, 3] and [4]", () -> engine.concat(0, List.of(a, b)));
      assertWrong("concat: shapes [2, 3] and [2, 0]", () -> engine.concat(0, List.of(a, none)));
      assertWrong("tensor: 2 values do not fill shape [3]", () -> engine.tensor(new float[2], 3));
      assertWrong("tensor: 4 values do not fill shape [3]", () -> engine.tensor(new double[4], 3));
      assertWrong("tensor: 1 values do not fill shape [0]", () -> engine.tensor(new byte[1], 0));
      assertWrong("tensor: shape [-2, -1]", () -> engine.tensor(new float[2], -2, -1));
      assertWrong("zeros: shape [-1] has a negative length", () -> engine.zeros(-1));
      assertWrong("item: shape [2, 3] is not one element", a::item);
    }
  }

  private Tensor logOfAScalar() {
    return engine.zeros().logSoftmax(0);
  }

  private Tensor oneHot(double index) {
    return engine.tensor(new double[] {index}, 1).oneHot(3);
  }

  private static void assertWrong(String words, ThrowingCallable work) {
    assertThatThrownBy(work)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(words);
  }
}
