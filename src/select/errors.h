// What S3 Select refuses, as AWS names it.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#SelectObjectContentErrorCodeList
#pragma once

#include <string>
#include <utility>

#include "base/error.h"

namespace tarn::select {

namespace errors {
inline constexpr ErrorCode ambiguous_field_name{"AmbiguousFieldName", 400};
inline constexpr ErrorCode cast_failed{"CastFailed", 400};
inline constexpr ErrorCode csv_escaping_record_delimiter{"CSVEscapingRecordDelimiter", 400};
inline constexpr ErrorCode csv_parsing_error{"CSVParsingError", 400};
inline constexpr ErrorCode csv_unescaped_quote{"CSVUnescapedQuote", 400};
inline constexpr ErrorCode evaluator_invalid_arguments{"EvaluatorInvalidArguments", 400};
inline constexpr ErrorCode evaluator_invalid_timestamp_format{"EvaluatorInvalidTimestampFormatPattern", 400};
inline constexpr ErrorCode evaluator_invalid_timestamp_symbol{"EvaluatorInvalidTimestampFormatPatternSymbol", 400};
inline constexpr ErrorCode evaluator_like_escape{"EvaluatorLikePatternInvalidEscapeSequence", 400};
inline constexpr ErrorCode evaluator_negative_limit{"EvaluatorNegativeLimit", 400};
inline constexpr ErrorCode evaluator_unterminated_token{"EvaluatorUnterminatedTimestampFormatPatternToken", 400};
inline constexpr ErrorCode expression_too_long{"ExpressionTooLong", 400};
inline constexpr ErrorCode incorrect_argument_type{"IncorrectSqlFunctionArgumentType", 400};
inline constexpr ErrorCode integer_overflow{"IntegerOverflow", 400};
inline constexpr ErrorCode invalid_column_index{"InvalidColumnIndex", 400};
inline constexpr ErrorCode invalid_compression_format{"InvalidCompressionFormat", 400};
inline constexpr ErrorCode invalid_data_source{"InvalidDataSource", 400};
inline constexpr ErrorCode invalid_data_type{"InvalidDataType", 400};
inline constexpr ErrorCode invalid_key_path{"InvalidKeyPath", 400};
inline constexpr ErrorCode invalid_request_parameter{"InvalidRequestParameter", 400};
inline constexpr ErrorCode invalid_scan_range{"InvalidScanRange", 400};
inline constexpr ErrorCode invalid_table_alias{"InvalidTableAlias", 400};
inline constexpr ErrorCode invalid_text_encoding{"InvalidTextEncoding", 400};
inline constexpr ErrorCode json_parsing_error{"JSONParsingError", 400};
inline constexpr ErrorCode lexer_invalid_char{"LexerInvalidChar", 400};
inline constexpr ErrorCode lexer_invalid_ion_literal{"LexerInvalidIONLiteral", 400};
inline constexpr ErrorCode lexer_invalid_literal{"LexerInvalidLiteral", 400};
inline constexpr ErrorCode lexer_invalid_operator{"LexerInvalidOperator", 400};
inline constexpr ErrorCode like_invalid_inputs{"LikeInvalidInputs", 400};
inline constexpr ErrorCode missing_headers{"MissingHeaders", 400};
inline constexpr ErrorCode multiple_data_sources{"MultipleDataSourcesUnsupported", 400};
inline constexpr ErrorCode object_serialization_conflict{"ObjectSerializationConflict", 400};
inline constexpr ErrorCode over_max_column{"OverMaxColumn", 400};
inline constexpr ErrorCode over_max_record_size{"OverMaxRecordSize", 400};
inline constexpr ErrorCode parquet_parsing_error{"ParquetParsingError", 400};
inline constexpr ErrorCode parse_asterisk_not_alone{"ParseAsteriskIsNotAloneInSelectList", 400};
inline constexpr ErrorCode parse_cast_arity{"ParseCastArity", 400};
inline constexpr ErrorCode parse_empty_select{"ParseEmptySelect", 400};
inline constexpr ErrorCode parse_expected_argument_delimiter{"ParseExpectedArgumentDelimiter", 400};
inline constexpr ErrorCode parse_expected_date_part{"ParseExpectedDatePart", 400};
inline constexpr ErrorCode parse_expected_expression{"ParseExpectedExpression", 400};
inline constexpr ErrorCode parse_expected_ident_for_alias{"ParseExpectedIdentForAlias", 400};
inline constexpr ErrorCode parse_expected_keyword{"ParseExpectedKeyword", 400};
inline constexpr ErrorCode parse_expected_left_paren_after_cast{"ParseExpectedLeftParenAfterCast", 400};
inline constexpr ErrorCode parse_expected_left_paren_call{"ParseExpectedLeftParenBuiltinFunctionCall", 400};
inline constexpr ErrorCode parse_expected_number{"ParseExpectedNumber", 400};
inline constexpr ErrorCode parse_expected_right_paren_call{"ParseExpectedRightParenBuiltinFunctionCall", 400};
inline constexpr ErrorCode parse_expected_type_name{"ParseExpectedTypeName", 400};
inline constexpr ErrorCode parse_expected_when_clause{"ParseExpectedWhenClause", 400};
inline constexpr ErrorCode parse_invalid_path_component{"ParseInvalidPathComponent", 400};
inline constexpr ErrorCode parse_invalid_type_parameter{"ParseInvalidTypeParam", 400};
inline constexpr ErrorCode parse_mixed_wildcard{"ParseCannotMixSqbAndWildcardInSelectList", 400};
inline constexpr ErrorCode parse_non_unary_aggregate{"ParseNonUnaryAgregateFunctionCall", 400};  // AWS's spelling.
inline constexpr ErrorCode parse_select_missing_from{"ParseSelectMissingFrom", 400};
inline constexpr ErrorCode parse_unexpected_keyword{"ParseUnexpectedKeyword", 400};
inline constexpr ErrorCode parse_unexpected_operator{"ParseUnexpectedOperator", 400};
inline constexpr ErrorCode parse_unexpected_term{"ParseUnexpectedTerm", 400};
inline constexpr ErrorCode parse_unexpected_token{"ParseUnexpectedToken", 400};
inline constexpr ErrorCode parse_unsupported_call_with_star{"ParseUnsupportedCallWithStar", 400};
inline constexpr ErrorCode truncated_input{"TruncatedInput", 400};
inline constexpr ErrorCode unsupported_function{"UnsupportedFunction", 400};
inline constexpr ErrorCode unsupported_scan_range_input{"UnsupportedScanRangeInput", 400};
inline constexpr ErrorCode unsupported_sql_structure{"UnsupportedSqlStructure", 400};
inline constexpr ErrorCode unsupported_syntax{"UnsupportedSyntax", 400};
inline constexpr ErrorCode value_parse_failure{"ValueParseFailure", 400};
}  // namespace errors

}  // namespace tarn::select
