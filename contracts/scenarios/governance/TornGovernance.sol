// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// Locked tokens give votes; a proposal that passes is a contract whose code runs on this one's storage.
contract TornGovernance {
    struct Proposal {
        address proposer;
        address target;
        uint256 startTime;
        uint256 endTime;
        uint256 forVotes;
        uint256 againstVotes;
        bool executed;
    }

    uint256 public constant VOTING_PERIOD = 5 days;
    uint256 public constant EXECUTION_DELAY = 2 days;

    Token public immutable torn;
    uint256 public immutable quorum;
    mapping(address => uint256) public lockedBalance;
    mapping(address => uint256) public canWithdrawAfter;
    mapping(address => uint256) public relayerStake;
    Proposal[] public proposals;
    mapping(uint256 => mapping(address => bool)) private voted;

    event ProposalCreated(
        uint256 indexed id, address indexed proposer, address target, uint256 startTime, uint256 endTime, string description
    );
    event Voted(uint256 indexed proposalId, address indexed voter, bool indexed support, uint256 votes);
    event ProposalExecuted(uint256 indexed proposalId);

    constructor(Token torn_, uint256 quorum_) {
        (torn, quorum) = (torn_, quorum_);
    }

    function lock(uint256 amount) external {
        torn.transferFrom(msg.sender, address(this), amount);
        lockedBalance[msg.sender] += amount;
    }

    function unlock(uint256 amount) external {
        require(block.timestamp > canWithdrawAfter[msg.sender], "Governance: tokens are locked");
        lockedBalance[msg.sender] -= amount;
        torn.transfer(msg.sender, amount);
    }

    function stakeRelayer(uint256 amount) external {
        torn.transferFrom(msg.sender, address(this), amount);
        relayerStake[msg.sender] += amount;
    }

    function propose(address target, string calldata description) external returns (uint256 id) {
        require(lockedBalance[msg.sender] >= 1000e18 || lockedBalance[msg.sender] * 1000 >= quorum, "threshold");
        require(target.code.length > 0, "not a contract");
        id = proposals.length;
        proposals.push(Proposal(msg.sender, target, block.timestamp, block.timestamp + VOTING_PERIOD, 0, 0, false));
        emit ProposalCreated(id, msg.sender, target, block.timestamp, block.timestamp + VOTING_PERIOD, description);
    }

    function castVote(uint256 id, bool support) external {
        Proposal storage proposal = proposals[id];
        require(block.timestamp <= proposal.endTime, "Governance: not in voting");
        require(!voted[id][msg.sender], "voted");
        voted[id][msg.sender] = true;
        uint256 votes = lockedBalance[msg.sender];
        if (support) proposal.forVotes += votes;
        else proposal.againstVotes += votes;
        uint256 until = proposal.endTime + EXECUTION_DELAY;
        if (until > canWithdrawAfter[msg.sender]) canWithdrawAfter[msg.sender] = until;
        emit Voted(id, msg.sender, support, votes);
    }

    function execute(uint256 id) external payable {
        Proposal storage proposal = proposals[id];
        require(block.timestamp > proposal.endTime + EXECUTION_DELAY && !proposal.executed, "Governance::execute: not now");
        require(proposal.forVotes > proposal.againstVotes && proposal.forVotes >= quorum, "did not pass");
        proposal.executed = true;
        (bool ok,) = proposal.target.delegatecall(abi.encodeWithSignature("executeProposal()"));
        require(ok, "Governance: Proposal execution failed");
        emit ProposalExecuted(id);
    }
}

/// The storage of the governance, as code that runs on it has to see it.
abstract contract TornStorage {
    mapping(address => uint256) internal lockedBalance;
    mapping(address => uint256) internal canWithdrawAfter;
    mapping(address => uint256) internal relayerStake;
}

/// Takes the stakes of relayers that cheated.
contract PenaltyProposal is TornStorage {
    address private immutable cheat;
    address private immutable other;

    constructor(address cheat_, address other_) {
        (cheat, other) = (cheat_, other_);
    }

    function executeProposal() external {
        relayerStake[cheat] = 0;
        relayerStake[other] = 0;
    }
}

/// The same in words; what it does stands in a library that its author may replace.
contract BorrowedProposal {
    PenaltyRules private immutable rules;

    constructor(PenaltyRules rules_) {
        rules = rules_;
    }

    function executeProposal() external {
        (bool ok,) = rules.code().delegatecall(abi.encodeWithSignature("penalize()"));
        require(ok, "not penalized");
    }
}

contract PenaltyRules {
    address public code;
    address private immutable author = msg.sender;

    constructor(address code_) {
        code = code_;
    }

    function set(address code_) external {
        require(msg.sender == author, "not the author");
        code = code_;
    }
}

contract PenaltyLibrary is TornStorage {
    address private immutable cheat;

    constructor(address cheat_) {
        cheat = cheat_;
    }

    function penalize() external {
        relayerStake[cheat] = 0;
    }
}

/// What the author puts there once everybody has voted.
contract GiftLibrary is TornStorage {
    address private immutable a;
    address private immutable b;
    address private immutable c;
    uint256 private immutable each;

    constructor(address a_, address b_, address c_, uint256 each_) {
        (a, b, c, each) = (a_, b_, c_, each_);
    }

    function penalize() external {
        (lockedBalance[a], lockedBalance[b], lockedBalance[c]) = (each, each, each);
    }
}
