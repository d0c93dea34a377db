// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// Code for accounts whose keys leaked (EIP-7702): whatever comes in goes on.
contract CoinSweeper {
    address payable private immutable to;

    constructor(address payable to_) {
        to = to_;
    }

    receive() external payable {
        sweep();
    }

    fallback() external payable {
        sweep();
    }

    function sweep() public {
        (bool ok,) = to.call{value: address(this).balance}("");
        require(ok);
    }

    function sweepTokens(Token[] calldata tokens) external {
        for (uint256 i = 0; i < tokens.length; i++) tokens[i].transfer(to, tokens[i].balanceOf(address(this)));
    }
}

struct Call {
    address to;
    uint256 value;
    bytes data;
}

/// Says that it makes an account smart; does what anybody says.
contract OpenBatch {
    event Executed(address indexed by, uint256 count);

    receive() external payable {}

    function execute(Call[] calldata calls) external payable {
        for (uint256 i = 0; i < calls.length; i++) {
            (bool ok,) = calls[i].to.call{value: calls[i].value}(calls[i].data);
            require(ok, "a call failed");
        }
        emit Executed(msg.sender, calls.length);
    }
}

/// Makes an account smart: batches of its own, or signed by its key and brought by a sponsor.
contract SmartAccount {
    // keccak256("smart.account.nonce"): nobody else writes there.
    bytes32 private constant NONCE = 0x52f3c988dc16da041edcda25777332410665489c1ffc3c368a063e3696327bad;

    event BatchExecuted(uint256 indexed nonce, uint256 count);

    receive() external payable {}

    function nonce() public view returns (uint256 n) {
        assembly { n := sload(NONCE) }
    }

    function digest(Call[] calldata calls, uint256 n) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), n, calls));
    }

    function execute(Call[] calldata calls) external payable {
        require(msg.sender == address(this), "not oneself");
        run(calls);
    }

    function executeSigned(Call[] calldata calls, bytes calldata signature) external payable {
        require(ECDSA.recover(digest(calls, nonce()), signature) == address(this), "not signed");
        run(calls);
    }

    function run(Call[] calldata calls) private {
        uint256 n = nonce();
        assembly { sstore(NONCE, add(n, 1)) }
        for (uint256 i = 0; i < calls.length; i++) {
            (bool ok,) = calls[i].to.call{value: calls[i].value}(calls[i].data);
            require(ok, "a call failed");
        }
        emit BatchExecuted(n, calls.length);
    }
}
