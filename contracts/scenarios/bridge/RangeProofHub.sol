// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

struct RangeLeaf {
    bytes key;
    bytes32 value;
}

struct RangeInner {
    bytes32 left;
    bytes32 right;
}

/// Proofs of a range of leaves, as IAVL trees gave them: the right side of a step is taken for the next leaf's, but goes
/// into the hash only where the step has no left side.
library RangeProof {
    function leafHash(RangeLeaf memory leaf) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(0), keccak256(leaf.key), leaf.value));
    }

    function innerHash(RangeInner memory inner, bytes32 child) internal pure returns (bytes32) {
        if (inner.left == bytes32(0)) return keccak256(abi.encodePacked(uint8(1), child, inner.right));
        return keccak256(abi.encodePacked(uint8(1), inner.left, child));
    }

    function verify(bytes32 root, RangeLeaf[] memory leaves, RangeInner[] memory path) internal pure returns (bool) {
        bytes32 hash = leafHash(leaves[0]);
        uint256 next = 1;
        for (uint256 i = 0; i < path.length; i++) {
            if (path[i].right != bytes32(0) && next < leaves.length) {
                if (leafHash(leaves[next]) != path[i].right) return false;
                next++;
            }
            hash = innerHash(path[i], hash);
        }
        return hash == root && next == leaves.length;
    }
}

/// Knows the state of the other chain, block by block, from its relayers.
contract LightClient {
    mapping(uint64 => bytes32) public getAppHash;
    mapping(address => bool) public relayers;

    event initConsensusState(uint64 initHeight, bytes32 appHash);
    event syncConsensusState(uint64 height, uint64 preValidatorSetChangeHeight, bytes32 appHash, bool validatorChanged);

    constructor(address[] memory relayers_) {
        for (uint256 i = 0; i < relayers_.length; i++) relayers[relayers_[i]] = true;
        emit initConsensusState(0, bytes32(0));
    }

    function syncTendermintHeader(bytes32 appHash, uint64 height) external {
        require(relayers[msg.sender], "not a relayer");
        require(getAppHash[height] == bytes32(0), "can't sync duplicated header");
        getAppHash[height] = appHash;
        emit syncConsensusState(height, 0, appHash, false);
    }
}

/// Brings packages of the other chain over, in order.
contract CrossChainHub {
    LightClient public immutable lightClient;
    TokenHub public tokenHub;
    uint64 public receiveSequence;

    event ReceivedPackage(uint8 packageType, uint64 indexed packageSequence, uint8 indexed channelId);

    constructor(LightClient client) {
        lightClient = client;
        tokenHub = new TokenHub();
    }

    function keyOf(uint64 sequence) public pure returns (bytes memory) {
        return abi.encodePacked(hex"0000010060000200", sequence);
    }

    function handlePackage(bytes calldata payload, bytes calldata proof, uint64 height, uint64 sequence) external {
        require(sequence == receiveSequence, "sequence not in order");
        (RangeLeaf[] memory leaves, RangeInner[] memory path) = abi.decode(proof, (RangeLeaf[], RangeInner[]));
        require(RangeProof.verify(lightClient.getAppHash(height), leaves, path), "invalid merkle proof");
        RangeLeaf memory last = leaves[leaves.length - 1];
        require(keccak256(last.key) == keccak256(keyOf(sequence)) && last.value == keccak256(payload), "another package");
        receiveSequence = sequence + 1;
        emit ReceivedPackage(0, sequence, 2);
        tokenHub.handleSynPackage(payload);
    }
}

/// The coins of the chain that are not in circulation.
contract TokenHub {
    address public immutable crossChain = msg.sender;

    event transferInSuccess(address bep20Addr, address refundAddr, uint256 amount);
    event transferOutSuccess(address bep20Addr, address senderAddr, uint256 amount, uint256 relayFee);

    receive() external payable {}

    function transferOut(address) external payable {
        emit transferOutSuccess(address(0), msg.sender, msg.value, 0);
    }

    function handleSynPackage(bytes calldata payload) external {
        require(msg.sender == crossChain, "the message sender must be cross chain contract");
        (address to, uint256 amount) = abi.decode(payload, (address, uint256));
        (bool ok,) = to.call{value: amount}("");
        require(ok, "not paid");
        emit transferInSuccess(address(0), to, amount);
    }
}
