package io.millrace.search.filter;

import io.millrace.index.Fields;
import io.millrace.index.LeafTerms;
import io.millrace.model.Condition;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.TextOptions;
import io.millrace.payload.IndexMeanings;
import io.millrace.payload.LeafPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.BytesRef;

/// Text conditions at keys with a text index. Points written since the index was declared, and
/// those written anew for it, have their tokens as terms; the others are looked at one by one, so
/// that answers are the same before, during and after the filling of an index.
final class TokenQueries {
  private TokenQueries() {}

  static Query all(Condition condition, PayloadPath key, String text, IndexMeanings indexes) {
    return indexed(
        condition,
        key,
        indexes.queryTokens(key, text),
        indexes,
        (path, options, tokens) -> FilterCompiler.and(terms(path, options, tokens)));
  }

  static Query any(Condition condition, PayloadPath key, String text, IndexMeanings indexes) {
    return indexed(
        condition,
        key,
        indexes.queryTokens(key, text),
        indexes,
        (path, options, tokens) -> {
          List<BytesRef> any = new ArrayList<>();
          tokens.forEach(token -> any.add(LeafTerms.token(path, options, token)));
          return FilterCompiler.anyTerm(Fields.TOKEN, any);
        });
  }

  /// Tokens have no positions: what has all of them is read.
  static Query phrase(Condition condition, PayloadPath key, String text, IndexMeanings indexes) {
    return indexes.text(key).map(index -> index.options().phrases()).orElse(false)
        ? indexed(
            condition,
            key,
            indexes.phraseTokens(key, text),
            indexes,
            (path, options, tokens) ->
                new EvaluatedQuery(
                    condition,
                    FilterCompiler.and(terms(path, options, withoutPrefixes(tokens))),
                    indexes))
        : FilterCompiler.none();
  }

  /// Of a word and its prefixes the word alone, which says as much. Where another tokenizer has a
  /// word that begins the next one, a candidate term less is asked for.
  private static List<String> withoutPrefixes(List<String> tokens) {
    List<String> words = new ArrayList<>();
    for (int i = 0; i < tokens.size(); i++) {
      if (i + 1 == tokens.size() || !tokens.get(i + 1).startsWith(tokens.get(i))) {
        words.add(tokens.get(i));
      }
    }
    return words;
  }

  private static List<Query> terms(LeafPath path, TextOptions options, List<String> tokens) {
    List<Query> all = new ArrayList<>();
    tokens.forEach(token -> all.add(term(LeafTerms.token(path, options, token))));
    return all;
  }

  private interface ByTokens {
    Query of(LeafPath path, TextOptions options, List<String> tokens);
  }

  private static Query indexed(
      Condition condition,
      PayloadPath key,
      List<String> asked,
      IndexMeanings indexes,
      ByTokens byTokens) {
    List<String> tokens = asked.stream().distinct().toList();
    if (tokens.isEmpty()) {
      return FilterCompiler.none();
    }
    Optional<LeafPath> path = LeafPath.of(key);
    if (path.isEmpty()) {
      return FilterCompiler.evaluated(condition, indexes);
    }
    TextOptions options = indexes.text(key).map(PayloadIndex.Text::options).orElseThrow();
    return FilterCompiler.or(
        byTokens.of(path.get(), options, tokens),
        new EvaluatedQuery(condition, unfilled(path.get(), options), indexes));
  }

  /// Points that hold something at the path whose tokens are not in the index yet.
  static Query unfilled(LeafPath path, TextOptions options) {
    return FilterCompiler.butNot(
        FilterCompiler.holdsValue(path), term(LeafTerms.indexed(path, options)));
  }

  private static Query term(BytesRef term) {
    return new TermQuery(new Term(Fields.TOKEN, term));
  }
}
