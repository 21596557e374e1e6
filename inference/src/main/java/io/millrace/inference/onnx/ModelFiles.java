package io.millrace.inference.onnx;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a model is made of, as Hugging Face lays it out: `model.onnx` and `tokenizer.json` (of type
/// WordPiece), and where there is one `sentence_bert_config.json` with the tokens it reads of a
/// text.
///
/// @param names in lower case; the first is the one that answers give
/// @param onnx a file
/// @param isTemporary whether that file is of no use once it was read
record ModelFiles(List<String> names, Path onnx, boolean isTemporary, WordPiece tokenizer) {
  private static final JsonMapper JSON = new JsonMapper();

  /// Tokens of a text where nothing else is said, as all-MiniLM-L6-v2 was trained for sentences.
  private static final int TOKENS = 256;

  private static final List<String> MINILM =
      List.of(
          "sentence-transformers/all-minilm-l6-v2",
          "all-minilm-l6-v2",
          "qdrant/all-minilm-l6-v2-onnx");

  /// The model of the class path.
  static ModelFiles ofClassPath() {
    try (InputStream onnx = resource("/all-minilm-l6-v2.onnx")) {
      // A file and no array: 90 MB of heap for a moment could be more than there is.
      Path file = Files.createTempFile("millrace-model-", ".onnx");
      Files.copy(onnx, file, StandardCopyOption.REPLACE_EXISTING);
      return new ModelFiles(MINILM, file, true, tokenizerOfClassPath());
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "The model cannot be unpacked into " + System.getProperty("java.io.tmpdir") + ": " + e,
          e);
    }
  }

  static WordPiece tokenizerOfClassPath() {
    try (InputStream in = resource("/all-minilm-l6-v2-tokenizer.json")) {
      return tokenizer(JSON.readTree(in), TOKENS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream resource(String name) {
    InputStream in = ModelFiles.class.getResourceAsStream(name);
    if (in == null) {
      throw new IllegalArgumentException("The class path has no " + name);
    }
    return in;
  }

  /// A model of the user's. Throws [IllegalArgumentException] with what is wrong with the folder.
  static ModelFiles in(Path folder) {
    Path onnx = folder.resolve("model.onnx");
    Path tokenizer = folder.resolve("tokenizer.json");
    for (Path needed : List.of(onnx, tokenizer)) {
      if (!Files.isReadable(needed)) {
        throw new IllegalArgumentException(
            "inference.model_path: there is no readable file "
                + needed
                + "; a model is a folder with model.onnx and tokenizer.json");
      }
    }
    String name = folder.toAbsolutePath().normalize().getFileName().toString();
    return new ModelFiles(
        List.of(name.toLowerCase(Locale.ROOT)),
        onnx,
        false,
        tokenizer(json(tokenizer), tokens(folder.resolve("sentence_bert_config.json"))));
  }

  private static int tokens(Path config) {
    int most = Files.exists(config) ? json(config).path("max_seq_length").asInt(TOKENS) : TOKENS;
    if (most < 3) {
      throw new IllegalArgumentException(config + ": max_seq_length must be 3 or more");
    }
    return most;
  }

  private static JsonNode json(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return JSON.readTree(in);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(file + " is no JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new IllegalArgumentException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static WordPiece tokenizer(JsonNode file, int most) {
    JsonNode model = file.path("model");
    JsonNode normalizer = file.path("normalizer");
    if (!model.path("type").asString("").equals("WordPiece")
        || !normalizer.path("type").asString("").equals("BertNormalizer")) {
      throw new IllegalArgumentException(
          "tokenizer.json: only WordPiece with BertNormalizer is read, as BERT's models have it");
    }
    Map<String, Integer> vocabulary = new HashMap<>();
    model.path("vocab").properties().forEach(e -> vocabulary.put(e.getKey(), e.getValue().asInt()));
    return new WordPiece(vocabulary, normalizer.path("lowercase").asBoolean(true), most);
  }
}
