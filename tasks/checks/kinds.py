"""Every kind of constraint with named arguments: IFEval's 25 under their own names, and those that only Chinese has.

    KINDS["length_constraints:number_words"]("two words", '{"num_words":3,"relation":"less than"}')   →  True

What is said for each, in which language, and what goes with what is data: params/constraints/.
"""

from tasks.checks import chinese, ifeval
from tasks.checks.arguments import LANGUAGE, LETTER, MARK, NUMBER, RELATION, SCRIPT, TEXT, TEXTS, Kind

KINDS: dict[str, Kind] = {
    "keywords:existence": Kind(ifeval.has_keywords, {"keywords": TEXTS}),
    "keywords:frequency": Kind(ifeval.has_frequency, {"keyword": TEXT, "frequency": NUMBER, "relation": RELATION}),
    "keywords:forbidden_words": Kind(ifeval.lacks_words, {"forbidden_words": TEXTS}),
    "keywords:letter_frequency": Kind(
        ifeval.has_letters, {"letter": LETTER, "let_frequency": NUMBER, "let_relation": RELATION}
    ),
    "language:response_language": Kind(ifeval.is_in_language, {"language": LANGUAGE}),
    "length_constraints:number_sentences": Kind(ifeval.has_sentences, {"num_sentences": NUMBER, "relation": RELATION}),
    "length_constraints:number_paragraphs": Kind(ifeval.has_paragraphs, {"num_paragraphs": NUMBER}),
    "length_constraints:number_words": Kind(ifeval.has_words, {"num_words": NUMBER, "relation": RELATION}),
    "length_constraints:nth_paragraph_first_word": Kind(
        ifeval.has_nth_first_word, {"num_paragraphs": NUMBER, "nth_paragraph": NUMBER, "first_word": TEXT}
    ),
    "detectable_content:number_placeholders": Kind(ifeval.has_placeholders, {"num_placeholders": NUMBER}),
    "detectable_content:postscript": Kind(ifeval.has_postscript, {"postscript_marker": TEXT}),
    "detectable_format:number_bullet_lists": Kind(ifeval.has_bullets, {"num_bullets": NUMBER}),
    "detectable_format:constrained_response": Kind(ifeval.is_constrained, {}),
    "detectable_format:number_highlighted_sections": Kind(ifeval.has_highlights, {"num_highlights": NUMBER}),
    "detectable_format:multiple_sections": Kind(ifeval.has_sections, {"section_spliter": TEXT, "num_sections": NUMBER}),
    "detectable_format:json_format": Kind(ifeval.is_json, {}),
    "detectable_format:title": Kind(ifeval.has_title, {}),
    "combination:two_responses": Kind(ifeval.is_two_responses, {}),
    "combination:repeat_prompt": Kind(ifeval.repeats_prompt, {"prompt_to_repeat": TEXT}),
    "startend:end_checker": Kind(ifeval.ends_with, {"end_phrase": TEXT}),
    "startend:quotation": Kind(ifeval.is_quoted, {}),
    "change_case:capital_word_frequency": Kind(
        ifeval.has_capital_words, {"capital_frequency": NUMBER, "capital_relation": RELATION}
    ),
    "change_case:english_capital": Kind(ifeval.is_english_capital, {}),
    "change_case:english_lowercase": Kind(ifeval.is_english_lowercase, {}),
    "punctuation:no_comma": Kind(ifeval.lacks_commas, {}),
    "chinese:characters": Kind(chinese.has_characters, {"low": NUMBER, "high": NUMBER}),
    "chinese:script": Kind(chinese.is_in_script, {"script": SCRIPT}),
    "chinese:full_width_punctuation": Kind(chinese.has_full_width_marks, {}),
    "chinese:ends_with_full_stop": Kind(chinese.ends_with_full_stop, {}),
    "chinese:no_latin_letters": Kind(chinese.lacks_latin, {}),
    "chinese:no_digits": Kind(chinese.lacks_digits, {}),
    "chinese:sentences": Kind(chinese.has_ended_sentences, {"num_sentences": NUMBER}),
    "chinese:starts_with": Kind(chinese.starts_with, {"start": TEXT}),
    "chinese:list_items": Kind(chinese.has_items, {"num_items": NUMBER, "mark": MARK}),
    "chinese:four_character_lines": Kind(chinese.has_four_character_lines, {"num_lines": NUMBER}),
    "chinese:no_repeated_sentence": Kind(chinese.repeats_no_sentence, {}),
    "chinese:corner_quotes": Kind(chinese.has_corner_quotes, {"num_quotes": NUMBER}),
    "chinese:short_sentences": Kind(chinese.has_short_sentences, {"most_characters": NUMBER}),
}
