package io.millrace.learner.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Every tensor operation against literal loops. */
public abstract class TensorContract extends PortContract {
  private static final double INF = Double.POSITIVE_INFINITY;

  /** Pairs of shapes and what they broadcast to. */
  private static final List<long[][]> BROADCASTS =
      List.of(
          new long[][] {{2, 3}, {2, 3}, {2, 3}},
          new long[][] {{2, 3}, {3}, {2, 3}},
          new long[][] {{3, 1}, {2, 1, 4}, {2, 3, 4}},
          new long[][] {{}, {2, 2}, {2, 2}},
          new long[][] {{5}, {}, {5}});

  private void binary(BinaryOperator<Tensor> actual, DoubleBinaryOperator expected) {
    for (long[][] shapes : BROADCASTS) {
      HostArray a = HostArray.random(1, shapes[0]);
      HostArray b = HostArray.random(2, shapes[1]);
      try (Scope scope = engine.scope()) {
        assertSame(
            actual.apply(a.on(engine), b.on(engine)), HostArray.zip(a, b, shapes[2], expected));
      }
    }
  }

  private void unary(
      UnaryOperator<Tensor> actual, DoubleUnaryOperator expected, DoubleUnaryOperator domain) {
    for (long[] shape : new long[][] {{}, {7}, {2, 3, 4}}) {
      HostArray a = HostArray.random(3, shape).map(domain);
      try (Scope scope = engine.scope()) {
        assertSame(actual.apply(a.on(engine)), a.map(expected));
      }
    }
  }

  @Test
  void arithmeticBroadcasts() {
    binary(Tensor::add, (a, b) -> a + b);
    binary(Tensor::sub, (a, b) -> a - b);
    binary(Tensor::mul, (a, b) -> a * b);
    binary(Tensor::div, (a, b) -> a / b);
    binary(Tensor::maximum, Math::max);
    binary(Tensor::minimum, Math::min);
    binary(Tensor::greater, (a, b) -> a > b ? 1 : 0);
    binary(Tensor::equalTo, (a, b) -> a == b ? 1 : 0);
  }

  @Test
  void elementwiseFunctions() {
    DoubleUnaryOperator any = x -> x;
    unary(t -> t.add(2.5), x -> x + 2.5, any);
    unary(t -> t.mul(-3), x -> x * -3, any);
    unary(Tensor::exp, Math::exp, any);
    unary(Tensor::log, Math::log, Math::abs);
    unary(Tensor::sqrt, Math::sqrt, Math::abs);
    unary(Tensor::abs, Math::abs, any);
    unary(Tensor::floor, Math::floor, any);
    unary(Tensor::sigmoid, x -> 1 / (1 + Math.exp(-x)), any);
    unary(Tensor::tanh, Math::tanh, any);
    unary(t -> t.pow(2), x -> x * x, any);
    unary(t -> t.pow(-0.5), x -> 1 / Math.sqrt(x), Math::abs);
  }

  @Test
  void clampLeavesASideOpen() {
    unary(t -> t.clamp(-0.5, 0.7), x -> Math.max(-0.5, Math.min(0.7, x)), x -> x);
    unary(t -> t.clamp(-INF, 0.1), x -> Math.min(0.1, x), x -> x);
    unary(t -> t.clamp(0.1, INF), x -> Math.max(0.1, x), x -> x);
  }

  @Test
  void comparisonsAtTies() {
    try (Scope scope = engine.scope()) {
      Tensor a = engine.tensor(new double[] {1, 2, 3}, 3);
      Tensor b = engine.tensor(new double[] {2, 2, 2}, 3);
      assertThat(a.greater(b).toDoubles()).containsExactly(0, 0, 1);
      assertThat(a.equalTo(b).toDoubles()).containsExactly(0, 1, 0);
    }
  }

  @Test
  void sumsAndMeans() {
    HostArray a = HostArray.random(4, 2, 3, 4);
    try (Scope scope = engine.scope()) {
      Tensor t = a.on(engine);
      HostArray over02 = a.fold(0, Double::sum, 0, 2);
      assertSame(t.sum(true, 0, 2), over02);
      assertSame(t.sum(true, 0, -1), over02);
      assertSame(t.sum(false, 2, 0), over02.reshaped(3));
      assertSame(t.mean(true, 1), a.fold(0, Double::sum, 1).map(x -> x / 3));
      assertSame(t.mean(false, -2), a.fold(0, Double::sum, 1).map(x -> x / 3).reshaped(2, 4));
      HostArray all = a.fold(0, Double::sum, 0, 1, 2);
      assertSame(t.sum(true), all);
      assertSame(t.sum(false), all.reshaped());
      assertSame(t.mean(false), all.map(x -> x / 24).reshaped());
      assertSame(t.mean(true), all.map(x -> x / 24));
    }
  }

  @Test
  void extremes() {
    HostArray a = HostArray.random(5, 3, 4, 2);
    try (Scope scope = engine.scope()) {
      Tensor t = a.on(engine);
      for (int dim = 0; dim < 3; dim++) {
        HostArray max = a.fold(-INF, Math::max, dim);
        HostArray min = a.fold(INF, Math::min, dim);
        long[] without = without(a.shape(), dim);
        assertSame(t.max(true, dim), max);
        assertSame(t.max(false, dim - 3), max.reshaped(without));
        assertSame(t.min(true, dim), min);
        assertSame(t.min(false, dim), min.reshaped(without));
        HostArray argmax = HostArray.zeros(max.shape());
        for (int n = a.values().length - 1; n >= 0; n--) {
          long[] index = a.index(n);
          long at = index[dim];
          index[dim] = 0;
          if (a.values()[n] == max.at(index)) {
            argmax.set(at, index);
          }
        }
        assertSame(t.argmax(dim), argmax.reshaped(without));
      }
    }
  }

  @Test
  void argmaxTakesTheFirstOfEquals() {
    try (Scope scope = engine.scope()) {
      Tensor t = engine.tensor(new double[] {1, 7, 7, 7, 0, 0}, 2, 3);
      assertThat(t.argmax(1).toDoubles()).containsExactly(1, 0);
    }
  }

  @Test
  void softmaxIsStable() {
    // Beyond what exp can take; a larger one would cost float32 its last digits.
    double far = precision() == Precision.FLOAT64 ? 1000 : 100;
    for (double shift : new double[] {0, far, -far}) {
      HostArray a = HostArray.random(6, 3, 4).map(x -> x * 3 + shift);
      try (Scope scope = engine.scope()) {
        for (int dim = 0; dim < 2; dim++) {
          HostArray max = a.fold(-INF, Math::max, dim);
          HostArray e = HostArray.zip(a, max, a.shape(), (x, m) -> Math.exp(x - m));
          HostArray sum = e.fold(0, Double::sum, dim);
          HostArray p = HostArray.zip(e, sum, a.shape(), (x, s) -> x / s);
          assertSame(a.on(engine).softmax(dim), p);
          assertSame(a.on(engine).logSoftmax(dim - 2), p.map(Math::log));
        }
      }
    }
  }

  @Test
  void matrixProducts() {
    long[][][] cases = {
      {{2, 3}, {3, 4}, {2, 4}},
      {{5, 2, 3}, {3, 4}, {5, 2, 4}},
      {{2, 1, 2, 3}, {4, 3, 1}, {2, 4, 2, 1}},
    };
    for (long[][] shapes : cases) {
      HostArray a = HostArray.random(7, shapes[0]);
      HostArray b = HostArray.random(8, shapes[1]);
      HostArray expected = HostArray.zeros(shapes[2]);
      int rank = shapes[2].length;
      for (int n = 0; n < expected.values().length; n++) {
        long[] index = expected.index(n);
        for (long k = 0; k < a.shape()[a.shape().length - 1]; k++) {
          expected.plus(
              a.at(operand(index, a.shape(), rank - 1, k))
                  * b.at(operand(index, b.shape(), rank - 2, k)),
              index);
        }
      }
      try (Scope scope = engine.scope()) {
        assertSame(a.on(engine).matmul(b.on(engine)), expected);
      }
    }
  }

  /** The operand's index for a result index, with {@code k} in the dimension summed over. */
  private static long[] operand(long[] index, long[] shape, int summed, long k) {
    long[] full = index.clone();
    full[summed] = k;
    long[] own = new long[shape.length];
    for (int i = 0; i < own.length; i++) {
      own[i] = shape[i] == 1 ? 0 : full[full.length - own.length + i];
    }
    return own;
  }

  @Test
  void reshapesAndPermutes() {
    HostArray a = HostArray.random(9, 2, 3, 4);
    try (Scope scope = engine.scope()) {
      Tensor t = a.on(engine);
      assertSame(t.reshape(6, -1), a.reshaped(6, 4));
      assertSame(t.reshape(24), a.reshaped(24));
      HostArray turned = HostArray.zeros(4, 2, 3);
      for (int n = 0; n < 24; n++) {
        long[] i = a.index(n);
        turned.set(a.values()[n], i[2], i[0], i[1]);
      }
      assertSame(t.permute(2, 0, 1), turned);
      assertSame(t.permute(-1, 0, -2), turned);
      assertThat(t.permute(2, 0, 1).toFloats()).hasSize(24).startsWith((float) a.at(0, 0, 0));
      assertSame(t.permute(2, 0, 1).reshape(4, 6), turned.reshaped(4, 6));
      assertSame(t.permute(2, 0, 1).copy(), turned);
    }
  }

  @Test
  void slicesShareStorage() {
    try (Scope scope = engine.scope()) {
      Tensor t = engine.zeros(3, 4);
      Tensor column = t.slice(1, 1, 3);
      assertThat(column.shape()).containsExactly(3, 2);
      assertThat(column.fillIn(5)).isSameAs(column);
      column.slice(-2, 2, 3).scaleIn(2);
      assertThat(t.toDoubles()).containsExactly(0, 5, 5, 0, 0, 5, 5, 0, 0, 10, 10, 0);
      assertThat(t.slice(0, 1, 1).shape()).containsExactly(0, 4);
    }
  }

  @Test
  void copiesDoNotShareStorage() {
    try (Scope scope = engine.scope()) {
      Tensor t = engine.zeros(2, 2);
      t.copy().fillIn(1);
      t.select(0, 0, 1).fillIn(1);
      engine.concat(0, List.of(t, t)).fillIn(1);
      t.add(0).fillIn(1);
      assertThat(t.toDoubles()).containsOnly(0);
    }
  }

  @Test
  void selectsAndJoins() {
    HostArray a = HostArray.random(10, 3, 2);
    try (Scope scope = engine.scope()) {
      Tensor t = a.on(engine);
      double[] v = a.values();
      assertSame(
          t.select(0, 2, 0, 2),
          new HostArray(new double[] {v[4], v[5], v[0], v[1], v[4], v[5]}, 3, 2));
      assertSame(t.select(-1, 1), new HostArray(new double[] {v[1], v[3], v[5]}, 3, 1));
      assertSame(
          engine.concat(-1, List.of(t, t.slice(1, 0, 1))),
          new HostArray(new double[] {v[0], v[1], v[0], v[2], v[3], v[2], v[4], v[5], v[4]}, 3, 3));
    }
  }

  @Test
  void oneHotRows() {
    try (Scope scope = engine.scope()) {
      Tensor t = engine.tensor(new double[] {2, 0}, 2).oneHot(3);
      assertThat(t.shape()).containsExactly(2, 3);
      assertThat(t.toDoubles()).containsExactly(0, 0, 1, 1, 0, 0);
      assertThat(engine.tensor(new double[] {1, 0, 1, 1}, 2, 2).oneHot(2).shape())
          .containsExactly(2, 2, 2);
      Tensor turned = engine.tensor(new double[] {2, 0, 1, 2}, 2, 2).permute(1, 0);
      assertThat(turned.oneHot(3).toDoubles()).containsExactly(0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 1);
    }
  }

  @Test
  void inPlaceOperationsBroadcastTheirSource() {
    HostArray a = HostArray.random(11, 2, 3);
    HostArray b = HostArray.random(12, 3);
    Map<UnaryOperator<Tensor>, DoubleBinaryOperator> cases =
        Map.of(
            t -> t.copyIn(b.on(engine)), (x, y) -> y,
            t -> t.addIn(-2, b.on(engine)), (x, y) -> x - 2 * y,
            t -> t.lerpIn(b.on(engine), 0.25), (x, y) -> x + 0.25 * (y - x),
            t -> t.lerpIn(b.on(engine), 0.9), (x, y) -> x + 0.9 * (y - x),
            t -> t.scaleIn(3), (x, y) -> 3 * x,
            t -> t.fillIn(7), (x, y) -> 7);
    cases.forEach(
        (actual, expected) -> {
          try (Scope scope = engine.scope()) {
            Tensor t = a.on(engine);
            assertThat(actual.apply(t)).isSameAs(t);
            assertSame(t, HostArray.zip(a, b, a.shape(), expected));
          }
        });
  }

  @Test
  void hostValuesComeBack() {
    try (Scope scope = engine.scope()) {
      byte[] bytes = {0, 1, 127, -128, -1};
      assertThat(engine.tensor(bytes, 5).toDoubles()).containsExactly(0, 1, 127, 128, 255);
      assertThat(engine.tensor(new float[] {1.5f, -2}, 2, 1).toFloats()).containsExactly(1.5f, -2);
      boolean whole = precision() == Precision.FLOAT64;
      assertThat(engine.tensor(new double[] {Math.PI}).item())
          .isEqualTo(whole ? Math.PI : (float) Math.PI);
      assertThat(engine.zeros(2, 0).toFloats()).isEmpty();
      assertThat(engine.zeros(0).sum(false).item()).isZero();
      assertThat(engine.tensor(new float[6], 1, 2, 3).size(-1)).isEqualTo(3);
      assertThat(engine.dtype()).isEqualTo(precision().storage());
      assertThat(engine.zeros(2).dtype()).isEqualTo(engine.dtype());
    }
  }

  private static long[] without(long[] shape, int dim) {
    long[] rest = new long[shape.length - 1];
    for (int i = 0, j = 0; i < shape.length; i++) {
      if (i != dim) {
        rest[j++] = shape[i];
      }
    }
    return rest;
  }
}
