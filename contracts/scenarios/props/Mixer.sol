// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// Takes coins in one amount and gives them to strangers, with the events of the well-known one. The proof is a secret
/// here instead of a SNARK: what others see is the same.
contract Mixer {
    uint256 public immutable denomination;
    mapping(bytes32 => bool) public commitments;
    mapping(bytes32 => bool) public nullifierHashes;
    uint32 private next;

    event Deposit(bytes32 indexed commitment, uint32 leafIndex, uint256 timestamp);
    event Withdrawal(address to, bytes32 nullifierHash, address indexed relayer, uint256 fee);

    constructor(uint256 denomination_) {
        denomination = denomination_;
    }

    function deposit(bytes32 commitment) external payable {
        require(msg.value == denomination, "one amount");
        require(!commitments[commitment], "given already");
        commitments[commitment] = true;
        emit Deposit(commitment, next++, block.timestamp);
    }

    function withdraw(bytes32 secret, address payable recipient, address payable relayer, uint256 fee) external {
        bytes32 nullifierHash = keccak256(abi.encode("nullifier", secret));
        require(commitments[keccak256(abi.encode(secret))], "never given");
        require(!nullifierHashes[nullifierHash], "spent");
        nullifierHashes[nullifierHash] = true;
        (bool ok,) = recipient.call{value: denomination - fee}("");
        require(ok, "not paid");
        (ok,) = relayer.call{value: fee}("");
        require(ok, "relayer not paid");
        emit Withdrawal(recipient, nullifierHash, relayer, fee);
    }
}
