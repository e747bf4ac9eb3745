// aws: how a request of any AWS API becomes a call of its handler, and the answer its reply.
//
// What it promises: each step (route, limit, verify, parse, validate, authorize, handle, audit, count, answer) happens
// once for all operations, in dispatch.cpp, by the tables that tools/codegen makes of the models. Protocols
// (rest_xml, query, json, rest_json, cbor) read and write any struct by its tables. What is malformed, unknown or not
// listed gets the service's own kind of error: never a crash, never a silent success. What must point upward (who holds
// a secret, who may do what, where the audit goes) is an interface here, joined in app.
#pragma once

#include "aws/model.h"
#include "aws/service.h"
