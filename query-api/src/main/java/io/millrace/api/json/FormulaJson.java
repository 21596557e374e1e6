package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.Condition;
import io.millrace.model.Condition.Position;
import io.millrace.model.PayloadPath;
import io.millrace.model.query.Expression;
import io.millrace.model.query.Expression.Curve;
import io.millrace.model.query.Formula;
import io.millrace.payload.DateTimes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Formulas: a number is a constant, a string a variable, an object the operation that its first
/// key of that kind names, or else a filter condition.
final class FormulaJson {
  private static final String SCORE = "$score";

  private final Violations violations;

  private FormulaJson(Violations violations) {
    this.violations = violations;
  }

  /// @param defaults null = none
  static Formula read(
      JsonNode expression, @Nullable JsonNode defaults, At at, Violations violations) {
    FormulaJson reader = new FormulaJson(violations);
    Map<Integer, Double> scores = new HashMap<>();
    Map<PayloadPath, Formula.Value> values = new HashMap<>();
    if (defaults != null) {
      Tree.object(defaults, "a map");
      At place = at.field("defaults");
      for (String name : defaults.propertyNames()) {
        reader.readDefault(name, defaults.get(name), place, scores, values);
      }
    }
    return new Formula(reader.expression(expression, at.field("formula")), scores, values);
  }

  private void readDefault(
      String name,
      JsonNode value,
      At at,
      Map<Integer, Double> scores,
      Map<PayloadPath, Formula.Value> values) {
    if (!name.startsWith("$")) {
      values.put(PayloadPath.parse(name), value(value));
      return;
    }
    OptionalInt prefetch = score(name);
    if (prefetch.isEmpty()) {
      violations.add(at, "Unknown reserved variable: " + JsonIn.shortened(name));
    } else if (!value.isNumber()) {
      violations.add(at, "Default value for " + name + " must be a number");
    } else {
      scores.put(prefetch.getAsInt(), Tree.f64(value));
    }
  }

  private static Formula.Value value(JsonNode node) {
    if (node.isNumber()) {
      return new Formula.Value.Number(Tree.f64(node));
    }
    if (node.isString()) {
      OptionalLong micros = DateTimes.parse(node.stringValue());
      return new Formula.Value.Text(
          micros.isPresent() ? Optional.of(micros.getAsLong()) : Optional.empty());
    }
    if (node.isObject() && node.path("lat").isNumber() && node.path("lon").isNumber()) {
      return new Formula.Value.Position(
          node.path("lat").doubleValue(), node.path("lon").doubleValue());
    }
    return new Formula.Value.Other();
  }

  /// The prefetch of `$score` and `$score[i]`; empty for any other name.
  private static OptionalInt score(String name) {
    if (name.equals(SCORE)) {
      return OptionalInt.of(0);
    }
    if (!name.startsWith(SCORE + "[") || !name.endsWith("]")) {
      return OptionalInt.empty();
    }
    String digits = name.substring(SCORE.length() + 1, name.length() - 1);
    boolean isNumber =
        !digits.isEmpty()
            && digits.length() < 10
            && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    return isNumber ? OptionalInt.of(Integer.parseInt(digits)) : OptionalInt.empty();
  }

  private Expression expression(JsonNode node, At at) {
    if (node.isNumber()) {
      return new Expression.Constant(Tree.f64(node));
    }
    if (node.isString()) {
      return variable(node.stringValue());
    }
    if (!node.isObject()) {
      throw noExpression();
    }
    for (String name : node.propertyNames()) {
      Expression operation = operation(name, node.get(name), at.field(name));
      if (operation != null) {
        return operation;
      }
    }
    return new Expression.Holds(condition(node, at));
  }

  private static BadInput noExpression() {
    return BadInput.format("data did not match any variant of untagged enum Expression");
  }

  private static Expression variable(String name) {
    if (!name.startsWith("$")) {
      return new Expression.Variable(PayloadPath.parse(name));
    }
    OptionalInt prefetch = score(name);
    if (prefetch.isEmpty()) {
      throw BadInput.wrong("Unknown reserved variable: " + JsonIn.shortened(name));
    }
    return new Expression.Score(prefetch.getAsInt());
  }

  private Condition condition(JsonNode node, At at) {
    try {
      return FilterJson.condition(node, at, violations);
    } catch (BadInput e) {
      throw e.kind() == BadInput.Kind.FORMAT ? noExpression() : e;
    }
  }

  /// Null where the key names no operation.
  private @Nullable Expression operation(String name, JsonNode node, At at) {
    return switch (name) {
      case "mult" -> new Expression.Product(list(node, at));
      case "sum" -> new Expression.Sum(list(node, at));
      case "max" -> new Expression.Largest(operands(name, node, at));
      case "min" -> new Expression.Smallest(operands(name, node, at));
      case "neg" -> new Expression.Negation(expression(node, at));
      case "abs" -> new Expression.Absolute(expression(node, at));
      case "sqrt" -> new Expression.SquareRoot(expression(node, at));
      case "exp" -> new Expression.Exponential(expression(node, at));
      case "log10" -> new Expression.Log10(expression(node, at));
      case "ln" -> new Expression.NaturalLog(expression(node, at));
      case "acosh" -> new Expression.ArcCosh(expression(node, at));
      case "pow" -> {
        Tree.object(node, "struct PowParams");
        yield new Expression.Power(part(node, "base", at), part(node, "exponent", at));
      }
      case "div" -> {
        Tree.object(node, "struct DivParams");
        JsonNode byZero = Tree.field(node, "by_zero_default");
        yield new Expression.Quotient(
            part(node, "left", at),
            part(node, "right", at),
            byZero == null ? OptionalDouble.empty() : OptionalDouble.of(Tree.f64(byZero)));
      }
      case "geo_distance" -> {
        Tree.object(node, "struct GeoDistanceParams");
        Position origin = GeoJson.position(Tree.required(node, "origin"));
        PayloadPath to = PayloadPath.parse(Tree.string(Tree.required(node, "to")));
        yield new Expression.GeoDistance(origin.lat(), origin.lon(), to);
      }
      case "datetime" -> {
        OptionalLong micros = DateTimes.parse(Tree.string(node));
        if (micros.isEmpty()) {
          throw BadInput.wrong(
              "Expected datetime in supported format, got " + JsonIn.shortened(node.asString()));
        }
        yield new Expression.Date(micros.getAsLong());
      }
      case "datetime_key" -> new Expression.DateKey(PayloadPath.parse(Tree.string(node)));
      case "lin_decay" -> decay(Curve.LINEAR, node, at);
      case "exp_decay" -> decay(Curve.EXPONENTIAL, node, at);
      case "gauss_decay" -> decay(Curve.GAUSSIAN, node, at);
      default -> null;
    };
  }

  private Expression part(JsonNode node, String field, At at) {
    return expression(Tree.required(node, field), at.field(field));
  }

  private List<Expression> list(JsonNode node, At at) {
    return Tree.list(node, item -> expression(item, at.entry()));
  }

  private List<Expression> operands(String name, JsonNode node, At at) {
    List<Expression> operands = list(node, at);
    if (operands.isEmpty()) {
      throw BadInput.wrong("`" + name + "` needs at least one operand");
    }
    return operands;
  }

  private Expression decay(Curve curve, JsonNode node, At at) {
    Tree.object(node, "struct DecayParamsExpression");
    JsonNode target = Tree.field(node, "target");
    double scale = number(node, "scale", 1);
    double midpoint = number(node, "midpoint", 0.5);
    if (!(scale > 0)) {
      throw BadInput.wrong("Decay scale must be greater than 0, got " + scale);
    }
    boolean isLinear = curve == Curve.LINEAR;
    boolean inside = isLinear ? midpoint >= 0 && midpoint <= 1 : midpoint > 0 && midpoint < 1;
    if (!inside) {
      throw BadInput.wrong(
          "Decay midpoint must be between 0.0 and 1.0"
              + (isLinear ? "" : " (exclusive)")
              + ", got "
              + midpoint);
    }
    return new Expression.Decay(
        curve,
        part(node, "x", at),
        target == null ? Optional.empty() : Optional.of(expression(target, at.field("target"))),
        scale,
        midpoint);
  }

  private static double number(JsonNode node, String field, double otherwise) {
    JsonNode value = Tree.field(node, field);
    return value == null ? otherwise : Tree.f64(value);
  }
}
