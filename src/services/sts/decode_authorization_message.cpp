// DecodeAuthorizationMessage: Tarn's refusals say in clear what AWS encodes, so no encoded message is ever one of ours.
#include "api/sts/decode_authorization_message.h"

#include "services/sts/sts.h"

namespace tarn::sts {

Task<DecodeAuthorizationMessageOutput> decode_authorization_message(Sts&, DecodeAuthorizationMessageRequest) {
  throw Error(errors::invalid_authorization_message_exception, "Message is not valid.");
  co_return DecodeAuthorizationMessageOutput{};
}

}  // namespace tarn::sts
