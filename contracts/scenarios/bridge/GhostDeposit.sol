// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// One side of a bridge: what is deposited is told to relayers, who vote for it on the other side.
contract RelayBridge {
    struct Vote {
        uint256 yes;
        bool executed;
        mapping(address => bool) voted;
    }

    uint8 public immutable domain;
    address public immutable admin = msg.sender;
    uint256 public immutable threshold;
    mapping(address => bool) public relayers;
    mapping(bytes32 => address) public handlerOf;
    uint64 public depositCount;
    mapping(bytes32 => Vote) private votes;

    event Deposit(uint8 indexed destinationDomainID, bytes32 indexed resourceID, uint64 indexed depositNonce, address user, bytes data);
    event ProposalVote(uint8 indexed originDomainID, uint64 indexed depositNonce, uint8 indexed status, bytes32 resourceID);
    event ProposalEvent(uint8 indexed originDomainID, uint64 indexed depositNonce, uint8 indexed status, bytes32 resourceID, bytes32 dataHash);

    constructor(uint8 domain_, address[] memory relayers_, uint256 threshold_) {
        (domain, threshold) = (domain_, threshold_);
        for (uint256 i = 0; i < relayers_.length; i++) relayers[relayers_[i]] = true;
    }

    function setResource(address handler, bytes32 resourceID) external {
        require(msg.sender == admin, "not the admin");
        handlerOf[resourceID] = handler;
    }

    function deposit(uint8 destination, bytes32 resourceID, bytes calldata data) external {
        RelayHandler(payable(handlerOf[resourceID])).deposit(resourceID, msg.sender, data);
        emit Deposit(destination, resourceID, ++depositCount, msg.sender, data);
    }

    function depositETH(uint8 destination, bytes32 resourceID, bytes calldata data) external payable {
        require(abi.decode(data, (uint256)) == msg.value, "invalid amount");
        RelayHandler(payable(handlerOf[resourceID])).depositETH{value: msg.value}(resourceID, msg.sender, data);
        emit Deposit(destination, resourceID, ++depositCount, msg.sender, data);
    }

    function voteProposal(uint8 origin, uint64 nonce, bytes32 resourceID, address user, bytes calldata data) external {
        require(relayers[msg.sender], "not a relayer");
        bytes32 hash = keccak256(abi.encode(origin, nonce, resourceID, user, data));
        Vote storage vote = votes[hash];
        require(!vote.executed && !vote.voted[msg.sender], "voted or executed");
        vote.voted[msg.sender] = true;
        vote.yes++;
        emit ProposalVote(origin, nonce, 1, resourceID);
        if (vote.yes < threshold) return;
        vote.executed = true;
        RelayHandler(payable(handlerOf[resourceID])).executeProposal(resourceID, user, data);
        emit ProposalEvent(origin, nonce, 3, resourceID, hash);
    }
}

/// Keeps what is deposited on one side and mints what stands for it on the other.
contract RelayHandler {
    address public immutable bridge;
    address public immutable admin = msg.sender;
    mapping(bytes32 => address) public tokenOf;
    mapping(address => bool) public whitelist;

    constructor(address bridge_) {
        bridge = bridge_;
    }

    modifier onlyBridge() {
        require(msg.sender == bridge, "not the bridge");
        _;
    }

    receive() external payable {}

    function setResource(bytes32 resourceID, address token) external {
        require(msg.sender == admin, "not the admin");
        (tokenOf[resourceID], whitelist[token]) = (token, true);
    }

    function deposit(bytes32 resourceID, address depositor, bytes calldata data) external onlyBridge {
        address token = tokenOf[resourceID];
        require(whitelist[token], "provided tokenAddress is not whitelisted");
        // Coins have the address zero here, where a call does nothing and succeeds.
        (bool ok, bytes memory said) = token.call(
            abi.encodeCall(Token.transferFrom, (depositor, address(this), abi.decode(data, (uint256))))
        );
        require(ok && (said.length == 0 || abi.decode(said, (bool))), "!safeTransferFrom");
    }

    function depositETH(bytes32 resourceID, address, bytes calldata data) external payable onlyBridge {
        require(whitelist[tokenOf[resourceID]] && abi.decode(data, (uint256)) == msg.value, "not whitelisted");
    }

    function executeProposal(bytes32 resourceID, address user, bytes calldata data) external onlyBridge {
        Token(tokenOf[resourceID]).mint(user, abi.decode(data, (uint256)));
    }
}

/// Both sides in one look, as whoever watches the bridge would have it.
contract BackingLens {
    function unbacked(Token minted, address locked) public view returns (uint256) {
        uint256 supply = minted.totalSupply();
        return supply > locked.balance ? supply - locked.balance : 0;
    }
}
